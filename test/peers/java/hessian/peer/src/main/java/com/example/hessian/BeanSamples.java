package com.example.hessian;

import com.example.types.Base;
import com.example.types.Empty;
import com.example.types.Everything;
import com.example.types.Floats;
import com.example.types.Item;
import com.example.types.Key;
import com.example.types.Level;
import com.example.types.Line;
import com.example.types.Many;
import com.example.types.Node;
import com.example.types.Operation;
import com.example.types.Page;
import com.example.types.Point;
import com.example.types.Primitives;
import com.example.types.Shadow;
import com.example.types.ShadowBase;
import com.example.types.Wide;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Objects of classes: business beans, enums, records. */
final class BeanSamples {
    private BeanSamples() {}

    static void addTo(Samples to) {
        to.add("Base", "com.example.types.Base", base(7));
        to.add("Base of nulls", "com.example.types.Base", new Base());
        to.add("Item", "com.example.types.Item", item(9));
        to.add("Item as Base", "com.example.types.Base", item(9));
        to.add("Item of nulls", "com.example.types.Item", new Item());
        to.add("Item as Object", "java.lang.Object", item(9));
        to.add("Primitives", "com.example.types.Primitives", Primitives.sample());
        to.add("Primitives of nulls", "com.example.types.Primitives", new Primitives());
        to.add("Floats", "com.example.types.Floats", Floats.sample());
        to.add("Empty", "com.example.types.Empty", new Empty());
        to.add("Empty twice", "java.util.List<com.example.types.Empty>", ListSamples.list(new Empty(), new Empty()));
        to.add("Wide", "com.example.types.Wide", new Wide());
        to.add("Key", "com.example.types.Key", Key.of("k", 1));
        to.make("Shadow", "com.example.types.Shadow", () -> {
            Shadow shadow = new Shadow();
            ((ShadowBase) shadow).a = 1;
            shadow.only = "superclass";
            shadow.a = 9;
            shadow.own = "subclass";
            return shadow;
        });
        to.make("Node", "com.example.types.Node", () -> {
            Node node = Node.of("first");
            node.setNext(Node.of("second"));
            node.getNext().setNext(Node.of("third"));
            node.setChildren(new ArrayList<>(List.of(Node.of("child"))));
            return node;
        });
        to.make("Page of items", "com.example.types.Page<com.example.types.Item>", () -> {
            Page<Item> page = new Page<>();
            page.setRows(new ArrayList<>(List.of(item(1), item(2))));
            page.setFirst(item(3));
            page.setTotal(2);
            return page;
        });
        to.make("Page of doubles", "com.example.types.Page<java.lang.Double>", () -> {
            Page<Double> page = new Page<>();
            page.setRows(new ArrayList<>(List.of(1.0, 2.5)));
            page.setFirst(0.5);
            return page;
        });
        to.add("Everything", "com.example.types.Everything", everything());
        to.add("Everything of nulls", "com.example.types.Everything", new Everything());
        to.add("more than 16 classes", "java.util.List<java.lang.Object>", new ArrayList<>(Many.all()));
        to.make("more than 16 classes twice", "java.util.List<java.lang.Object>", () -> {
            List<Object> twice = new ArrayList<>(Many.all());
            twice.addAll(Many.all());
            return twice;
        });
        to.add("Level", "com.example.types.Level", Level.MIDDLE);
        to.add("Level as Object", "java.lang.Object", Level.MIDDLE);
        to.add("Operation", "com.example.types.Operation", Operation.PLUS);
        to.add("Point", "com.example.types.Point", new Point(1, -2));
        to.add("Line", "com.example.types.Line", new Line(new Point(0, 0), new Point(3, 4), null, 1.5));
        to.add("list of points", "java.util.List<com.example.types.Point>", ListSamples.list(new Point(1, 2), new Point(3, 4)));
    }

    static Base base(int id) {
        Base base = new Base();
        base.setId(id);
        base.setTitle("base-" + id);
        base.setLevel(Level.LOW);
        return base;
    }

    static Item item(int id) {
        Item item = new Item();
        item.setId(id);
        item.setTitle("item-" + id);
        item.setLevel(Level.HIGH);
        item.setScore(id / 8.0);
        item.setParts(new ArrayList<>(List.of(1.0, 2.5, 0.1)));
        item.setDetail(new HashMap<>(Map.of("a", 1.0)));
        return item;
    }

    private static Everything everything() {
        Everything all = new Everything();
        all.setId((1L << 53) + 1);
        all.setText("中文😀");
        all.setAt(new Date(1700000000123L));
        all.setDay(LocalDate.of(2024, 2, 29));
        all.setLocal(LocalDateTime.of(2024, 2, 29, 23, 59, 58, 123456789));
        all.setInstant(Instant.ofEpochSecond(1700000000, 5));
        all.setAmount(new BigDecimal("123456789.987654321"));
        all.setHuge(BigInteger.TWO.pow(70).negate());
        all.setUuid(new UUID(0x1234567890abcdefL, 0xfedcba0987654321L));
        all.setBlob(TextSamples.bytes(20));
        all.setSlots(new int[] {1, -1, 300000});
        all.setIds(new long[] {1, Long.MAX_VALUE});
        all.setScores(new double[] {0, 1, 0.25});
        all.setMatrix(new double[][] {{1, 2}, {3.5, 4}});
        all.setNames(new String[] {"a", null});
        all.setFlags(new boolean[] {true, false});
        all.setLevel(Level.MIDDLE);
        all.setLevels(new Level[] {Level.LOW, Level.HIGH});
        all.setLevelList(new ArrayList<>(List.of(Level.HIGH, Level.LOW)));
        all.setLongs(new ArrayList<>(Arrays.asList(1L, null, (1L << 53) + 1)));
        all.setItems(new ArrayList<>(List.of(item(1), item(2))));
        all.setItemArray(new Item[] {item(3)});
        all.setBest(item(4));
        all.setById(new HashMap<>(Map.of(5L, item(5))));
        all.setGrouped(new HashMap<>(Map.of("a", new ArrayList<>(List.of(1.0, 2.0)))));
        all.setTags(new HashSet<>(List.of("x", "y")));
        all.setAny(1.0);
        all.setExtra(new HashMap<>(Map.of("n", 1, "d", 2.0)));
        return all;
    }
}
