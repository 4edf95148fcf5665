package com.example.peers;

import com.example.rank.RankService;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A Java service with ordinary references that does what it is told: one JSON object a line on standard input, one a line on standard output
 * with the same {@code id}. Commands run side by side. See java-consumer.ts for what each one takes and gives.
 */
public final class ConsumerPeer {
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Map<String, Object> options;
    private final Map<String, Reference> references = new ConcurrentHashMap<>();
    private Load steady;

    private ConsumerPeer(Map<String, Object> options) throws ClassNotFoundException {
        this.options = options;
        references.put("", new Reference(options));
    }

    public static void main(String[] args) throws Exception {
        ConsumerPeer peer = new ConsumerPeer(Json.parseObject(args[0]));
        print("{\"ready\":" + Json.quote(Dubbo.DUBBO.version()) + "}");
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
            case "refer":
                return refer(command);
            case "call":
                return "[" + String.join(",", reference(command).calls(command)) + "]";
            case "soak": {
                Load load = new Load(service(), command);
                load.join();
                return load.summary();
            }
            case "steady-start":
                if (steady != null) throw new IllegalStateException("steady calls are flowing already");
                steady = new Load(service(), command);
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

    /** One more reference, with the options of the first where it has none of its own. */
    @SuppressWarnings("unchecked")
    private synchronized String refer(Map<String, Object> command) throws ClassNotFoundException {
        Map<String, Object> all = new LinkedHashMap<>(options);
        all.putAll((Map<String, Object>) command.get("options"));
        references.put((String) command.get("name"), new Reference(all));
        return "{}";
    }

    private Reference reference(Map<String, Object> command) {
        Reference found = references.get((String) command.getOrDefault("reference", ""));
        if (found == null) throw new IllegalArgumentException("no reference " + command.get("reference"));
        return found;
    }

    private RankService service() {
        return (RankService) references.get("").proxy;
    }
}
