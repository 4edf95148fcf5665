package com.example.peers;

import com.example.rank.ItemScore;
import com.example.rank.Level;
import com.example.rank.RankException;
import com.example.rank.RankListener;
import com.example.rank.RankRequest;
import com.example.rank.RankResult;
import com.example.rank.RankService;
import com.example.rank.TypesService;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A Java provider that answers as CheckedCalls demands: the measure of what a gateway has to answer. It ends with its standard input. */
public final class ProviderPeer implements RankService {
    public static void main(String[] args) throws Exception {
        Map<String, Object> options = Json.parseObject(args[0]);
        Map<Class<?>, Object> services = new LinkedHashMap<>();
        services.put(RankService.class, new ProviderPeer());
        if (Boolean.TRUE.equals(options.get("types"))) services.put(TypesService.class, types());
        Dubbo.DUBBO.export(services, options);
        System.out.println("{\"ready\":" + Json.quote(Dubbo.DUBBO.version()) + "}");
        System.out.flush();
        while (System.in.read() >= 0) Thread.onSpinWait();
        Runtime.getRuntime().halt(0);
    }

    /** Answers what its argument says, as the declared type. */
    private static Object types() {
        return Proxy.newProxyInstance(ProviderPeer.class.getClassLoader(), new Class<?>[] {TypesService.class}, (proxy, method, args) -> {
            if (method.getDeclaringClass() == Object.class) return method.getName().equals("equals") ? (Object) (proxy == args[0]) : method.getName().equals("hashCode") ? (Object) 1 : "types";
            return Convert.to(method.getGenericReturnType(), Json.parse((String) args[0]));
        });
    }

    @Override
    public List<Double> score(List<Double> features, Map<String, Object> context) {
        List<Double> scores = new ArrayList<>();
        for (Double feature : features) scores.add(feature * 2);
        return scores;
    }

    @Override
    public RankResult rank(RankRequest request) {
        RankResult result = new RankResult();
        result.setModel("java");
        result.setRequestId(request.getUserId());
        result.setScene(request.getScene());
        result.setItems(new ArrayList<>());
        result.setById(new LinkedHashMap<>());
        result.setScores(new double[request.getItemIds().size()]);
        for (int i = 0; i < request.getItemIds().size(); i++) {
            ItemScore item = Samples.item(request.getItemIds().get(i), request.getFeatures().get(i) * 2);
            item.setParts(new ArrayList<>(List.of(item.getScore(), 1.0)));
            result.getItems().add(item);
            result.getById().put(item.getId(), item);
            result.getScores()[i] = item.getScore();
        }
        result.setBest(result.getItems().get(0));
        result.setEmbedding(request.getEmbedding());
        result.setMatrix(request.getMatrix());
        result.setProbabilities(new ArrayList<>(List.of(1.0, 0.0, 0.5)));
        result.setExtra(request.getContext());
        result.setAt(request.getAt());
        result.setLocal(request.getLocal());
        result.setCost(request.getBudget());
        result.setTotal(new BigDecimal("123456789.98765432100"));
        result.setLevel(request.getLevel());
        result.setLevels(new ArrayList<>(List.of(Level.HIGH, Level.MIDDLE)));
        result.setIds(new LinkedHashSet<>(request.getItemIds()));
        result.setBlob(request.getBlob());
        result.setCode(200);
        return result;
    }

    @Override
    public CompletableFuture<RankResult> rankAsync(RankRequest request) {
        return CompletableFuture.supplyAsync(() -> rank(request));
    }

    @Override
    public String subscribe(String topic, RankListener listener) {
        listener.changed(topic);
        return topic;
    }

    @Override
    public void fire(String event) {}

    @Override
    public RankResult strict(String why) throws RankException {
        throw new RankException(42, why);
    }

    @Override
    public String echo(String text) {
        return text;
    }

    @Override
    public String slow(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return "slept " + milliseconds;
    }
}
