package com.example.peers;

import com.example.rank.BaseItem;
import com.example.rank.ItemScore;
import com.example.rank.Level;
import com.example.rank.RankRequest;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Fixed values that tests name by {"$sample": "request"}, {"$sample": "item"} … */
final class Samples {
    static final long BIG = 9007199254740993L; // 2^53 + 1: the first integer that a double cannot hold
    static final Date AT = new Date(1700000000123L);

    private Samples() {}

    static Object byName(String name) {
        return switch (name) {
            case "request" -> request(BIG, "home \u4e2d\u6587 \ud83d\ude00");
            case "item" -> item(7, 0.5);
            case "date" -> AT;
            case "bigLong" -> BIG;
            default -> throw new IllegalArgumentException("no sample " + name);
        };
    }

    static ItemScore item(long id, double score) {
        ItemScore item = new ItemScore();
        item.setId(id);
        item.setTitle("item-" + id);
        item.setLevel(Level.HIGH);
        item.setScore(score);
        item.setBoxedScore(score * 2);
        item.setPosition(3);
        item.setFresh(true);
        item.setParts(new ArrayList<>(List.of(1.0, 2.5, score)));
        item.setDetail(new LinkedHashMap<>(Map.of("a", 1.0)));
        item.setTags(new HashSet<>(Set.of("t1")));
        return item;
    }

    /** A request with one value of every kind. Features and item ids have the same length. */
    static RankRequest request(long userId, String scene) {
        RankRequest request = new RankRequest();
        request.setUserId(userId);
        request.setSessionId(-BIG);
        request.setScene(scene);
        request.setItemIds(new ArrayList<>(List.of(1L, 2147483648L, BIG)));
        request.setFeatures(new ArrayList<>(List.of(1.0, 0.25, -3.5)));
        request.setMatrix(new double[][] {{1, 2}, {3.5, 4}});
        request.setEmbedding(new float[] {0.5f, 1.25f, -2f});
        request.setBlob(new byte[] {0, 7, 14, (byte) 250});
        request.setLevel(Level.MIDDLE);
        request.setAt(AT);
        request.setLocal(LocalDateTime.of(2024, 2, 29, 23, 59, 58, 123456789));
        request.setBudget(new BigDecimal("1234567.25"));
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("os", "ios");
        context.put("age", 33);
        context.put("ratio", 0.5);
        context.put("uid", BIG);
        context.put("vip", true);
        context.put("none", null);
        context.put("list", new ArrayList<>(List.of(1, 2L, 3.0, "x")));
        request.setContext(context);
        request.setAnchor(item(7, 0.75));
        BaseItem shared = new BaseItem();
        shared.setId(8);
        shared.setTitle("base");
        request.setHistory(new ArrayList<>(List.of(shared, item(9, 0.875), shared)));
        request.setDebug(true);
        request.setNames(new LinkedHashMap<>(Map.of(BIG, "big")));
        request.setSlots(new int[] {1, -1, 300000});
        request.setKeys(new String[] {"k1", null, "k3"});
        return request;
    }
}
