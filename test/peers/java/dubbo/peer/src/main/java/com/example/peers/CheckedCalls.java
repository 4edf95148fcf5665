package com.example.peers;

import com.example.rank.ItemScore;
import com.example.rank.Level;
import com.example.rank.RankRequest;
import com.example.rank.RankResult;
import com.example.rank.RankService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Calls whose answer can be told right or wrong from the question alone. They read every element as business code would. */
final class CheckedCalls {
    private final RankService service;
    private final Random random;
    private final int thread;

    CheckedCalls(RankService service, int thread) {
        this.service = service;
        this.thread = thread;
        random = new Random(thread);
    }

    /** One call of the kind; null when the answer is right, else what was wrong with it. */
    String run(String kind, int index) {
        return switch (kind) {
            case "score" -> score();
            case "rank" -> rank(index);
            case "echo" -> echo(index);
            case "fire" -> fire(index);
            default -> throw new IllegalArgumentException("no such kind of call: " + kind);
        };
    }

    private String score() {
        List<Double> features = new ArrayList<>();
        for (int i = 0; i < 16; i++) features.add(random.nextInt(4) == 0 ? (double) random.nextInt(100) : random.nextDouble());
        List<Double> answer = service.score(features, Map.of("thread", thread));
        if (answer.size() != features.size()) return "score: " + answer.size() + " elements";
        for (int i = 0; i < features.size(); i++) {
            if (answer.get(i).doubleValue() != features.get(i) * 2) return "score[" + i + "]: " + answer.get(i) + " for " + features.get(i);
        }
        return null;
    }

    /** The contract of rank: the request's own values come back, every item is scored with twice its feature, the last part of an item is 1.0. */
    private String rank(int index) {
        RankRequest request = Samples.request(((long) thread + 1 << 54) + index, "s" + thread + "-" + index);
        RankResult result = service.rank(request);
        if (result.getRequestId() != request.getUserId()) return "rank: requestId " + result.getRequestId() + " for " + request.getUserId();
        if (!request.getScene().equals(result.getScene())) return "rank: scene " + result.getScene() + " for " + request.getScene();
        if (result.getLevel() != Level.MIDDLE || result.getLevel().weight() != 5) return "rank: level " + result.getLevel();
        if (!request.getAt().equals(result.getAt())) return "rank: at " + result.getAt();
        if (!request.getLocal().equals(result.getLocal())) return "rank: local " + result.getLocal();
        if (!request.getBudget().equals(result.getCost())) return "rank: cost " + result.getCost();
        if (result.getItems().size() != request.getItemIds().size()) return "rank: " + result.getItems().size() + " items";
        for (int i = 0; i < request.getItemIds().size(); i++) {
            ItemScore item = result.getItems().get(i);
            if (item.getId() != request.getItemIds().get(i)) return "rank: items[" + i + "].id " + item.getId();
            if (item.getScore() != request.getFeatures().get(i) * 2) return "rank: items[" + i + "].score " + item.getScore();
            if (item.getParts().get(item.getParts().size() - 1).doubleValue() != 1.0) return "rank: items[" + i + "].parts " + item.getParts();
        }
        return null;
    }

    private String echo(int index) {
        String text = "t" + thread + "-" + index;
        String answer = service.echo(text);
        return text.equals(answer) ? null : "echo: " + answer + " for " + text;
    }

    private String fire(int index) {
        service.fire("event-" + thread + "-" + index);
        return null;
    }
}
