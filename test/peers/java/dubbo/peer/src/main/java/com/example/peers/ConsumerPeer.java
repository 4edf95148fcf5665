package com.example.peers;

import com.example.rank.RankService;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Java service with one ordinary reference to RankService that does what it is told: one JSON object a line on standard input, one a line on
 * standard output with the same {@code id}. Commands run side by side. See java-consumer.ts for what each one takes and gives.
 */
public final class ConsumerPeer {
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final RankService service;
    private Load steady;

    private ConsumerPeer(RankService service) {
        this.service = service;
    }

    public static void main(String[] args) throws Exception {
        ConsumerPeer peer = new ConsumerPeer(Dubbo.refer(RankService.class, Json.parseObject(args[0])));
        print("{\"ready\":" + Json.quote(Dubbo.version()) + "}");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<String, Object> command = Json.parseObject(line);
            new Thread(() -> peer.answer(command)).start();
        }
        Runtime.getRuntime().halt(0);
    }

    private static synchronized void print(String line) {
        OUT.println(line);
        OUT.flush();
    }

    private void answer(Map<String, Object> command) {
        String body;
        try {
            body = "\"answer\":" + carryOut(command);
        } catch (Throwable e) {
            body = "\"error\":" + Json.quote(e.toString());
        }
        print("{\"id\":" + command.get("id") + "," + body + "}");
    }

    private String carryOut(Map<String, Object> command) throws Exception {
        switch ((String) command.get("cmd")) {
            case "call":
                return calls(command);
            case "soak": {
                Load load = new Load(service, command);
                load.join();
                return load.summary();
            }
            case "steady-start":
                if (steady != null) throw new IllegalStateException("steady calls are flowing already");
                steady = new Load(service, command);
                return "{}";
            case "steady-status":
                return steady.summary();
            case "steady-stop": {
                Load load = steady;
                steady = null;
                load.stop();
                load.join();
                return load.summary();
            }
            default:
                throw new IllegalArgumentException("no such command: " + command.get("cmd"));
        }
    }

    private String calls(Map<String, Object> command) {
        String name = (String) command.get("method");
        List<?> given = (List<?>) command.getOrDefault("args", List.of());
        Method method = null;
        for (Method candidate : RankService.class.getMethods()) if (candidate.getName().equals(name)) method = candidate;
        if (method == null) throw new IllegalArgumentException("RankService has no method " + name);
        Type[] types = method.getGenericParameterTypes();
        Object[] args = new Object[types.length];
        for (int i = 0; i < types.length; i++) args[i] = Convert.to(types[i], given.get(i));
        List<String> results = new ArrayList<>();
        int times = ((Number) command.getOrDefault("times", 1)).intValue();
        for (int i = 0; i < times; i++) {
            if (command.get("attachments") instanceof Map<?, ?> map) map.forEach((key, value) -> Dubbo.attach((String) key, (String) value));
            results.add(call(method, args));
        }
        return "[" + String.join(",", results) + "]";
    }

    private String call(Method method, Object[] args) {
        long begin = System.nanoTime();
        try {
            Object value = method.invoke(service, args);
            List<String> undeclared = new ArrayList<>();
            Show.undeclared(method.getGenericReturnType(), value, method.getName(), undeclared);
            return "{\"ok\":true,\"type\":" + Json.quote(Show.type(value)) + ",\"value\":" + Show.json(value) + ",\"undeclared\":" + Show.json(undeclared) + ",\"ms\":" + since(begin) + "}";
        } catch (InvocationTargetException e) {
            return failure(e.getCause(), since(begin));
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long since(long begin) {
        return (System.nanoTime() - begin) / 1_000_000;
    }

    private static String failure(Throwable e, long ms) {
        List<String> causes = new ArrayList<>();
        for (Throwable cause = e.getCause(); cause != null && causes.size() < 5; cause = cause.getCause()) causes.add(cause.toString());
        StackTraceElement[] frames = e.getStackTrace();
        return "{\"ok\":false,\"exception\":" + Json.quote(e.getClass().getName()) + ",\"message\":" + Json.quote(String.valueOf(e.getMessage()))
                + ",\"code\":" + Show.json(property(e, "getCode")) + ",\"reason\":" + Show.json(property(e, "getReason")) + ",\"causes\":" + Show.json(causes)
                + ",\"frames\":" + frames.length + ",\"firstFrame\":" + Json.quote(frames.length == 0 ? "" : frames[0].toString()) + ",\"ms\":" + ms + "}";
    }

    /** RpcException has a code, the declared RankException a code and a reason. */
    private static Object property(Throwable e, String getter) {
        try {
            return e.getClass().getMethod(getter).invoke(e);
        } catch (ReflectiveOperationException none) {
            return null;
        }
    }
}
