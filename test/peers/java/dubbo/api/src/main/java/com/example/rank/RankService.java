package com.example.rank;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What a Java service calls: nothing in it knows of models or gateways. */
public interface RankService {
    List<Double> score(List<Double> features, Map<String, Object> context);

    RankResult rank(RankRequest request);

    /** The same, without waiting for it. */
    CompletableFuture<RankResult> rankAsync(RankRequest request);

    void fire(String event);

    RankResult strict(String why) throws RankException;

    String echo(String text);

    String slow(int milliseconds);

    /** The listener is called back by the provider, where it is configured as a callback. */
    String subscribe(String topic, RankListener listener);
}
