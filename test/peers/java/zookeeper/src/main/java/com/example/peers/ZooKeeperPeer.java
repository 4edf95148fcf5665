package com.example.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.TreeSet;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;

/**
 * A real, single ZooKeeper server on a free port of 127.0.0.1.
 *
 * <p>Argument: a configuration file as the server's own script takes it; only its port is not used. Prints {@code READY <port>}, then answers one
 * command per input line; each answer ends with a line that holds a single dot. The end of the input ends the process, so that no server outlives
 * its test.
 */
public final class ZooKeeperPeer {
    private final QuorumPeerConfig configuration;
    private int port;
    private ServerCnxnFactory factory;
    private ZooKeeperServer server;

    private ZooKeeperPeer(QuorumPeerConfig configuration) {
        this.configuration = configuration;
    }

    public static void main(String[] args) throws Exception {
        QuorumPeerConfig configuration = new QuorumPeerConfig();
        configuration.parse(args[0]);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        ZooKeeperPeer peer = new ZooKeeperPeer(configuration);
        peer.up();
        out.println("READY " + peer.port);
        out.flush();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;
            try {
                answer = peer.command(line.trim().split("\\s+"));
            } catch (Exception e) {
                answer = "error " + e + "\n";
            }
            out.print(answer);
            out.println(".");
            out.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    private void up() throws IOException, InterruptedException {
        if (factory != null) return;
        server = new ZooKeeperServer(configuration.getDataDir(), configuration.getDataLogDir(), configuration.getTickTime());
        server.setMinSessionTimeout(configuration.getMinSessionTimeout());
        server.setMaxSessionTimeout(configuration.getMaxSessionTimeout());
        factory = ServerCnxnFactory.createFactory(new InetSocketAddress("127.0.0.1", port), 0);
        factory.startup(server);
        // The same port again after "down" and "up".
        port = factory.getLocalPort();
    }

    private void down() throws IOException {
        if (factory == null) return;
        factory.shutdown();
        server.getZKDatabase().close();
        factory = null;
    }

    private String command(String[] words) throws Exception {
        switch (words[0]) {
            case "sessions":
                return sessions();
            case "expire":
                return expire(words[1]);
            case "drop":
                factory.closeAll(ServerCnxn.DisconnectReason.CLOSE_CONNECTION_COMMAND);
                return "dropped all connections\n";
            case "tree": {
                StringBuilder text = new StringBuilder();
                tree(words.length > 1 ? words[1] : "/", text);
                return text.toString();
            }
            case "down":
                down();
                return "down\n";
            case "up":
                up();
                return "up\n";
            case "restart":
                down();
                Thread.sleep(words.length > 1 ? Long.parseLong(words[1]) : 0);
                up();
                return "restarted\n";
            default:
                return "commands: sessions | expire all|0x.. | drop | tree [path] | down | up | restart [ms]\n";
        }
    }

    private String sessions() {
        StringBuilder text = new StringBuilder();
        for (long id : server.getSessionTracker().globalSessions()) text.append("0x").append(Long.toHexString(id)).append('\n');
        return text.toString();
    }

    private String expire(String which) {
        int expired = 0;
        for (long id : new ArrayList<>(server.getSessionTracker().globalSessions())) {
            if (!which.equals("all") && !which.equals("0x" + Long.toHexString(id))) continue;
            server.closeSession(id);
            expired++;
        }
        return "expired " + expired + "\n";
    }

    /** One line a node: its path, " E0x…" (the owner's session) when it is ephemeral, " = data" when it has data. */
    private void tree(String path, StringBuilder text) throws Exception {
        DataTree nodes = server.getZKDatabase().getDataTree();
        if (nodes.getNode(path) == null) return;
        Stat stat = nodes.statNode(path, null);
        byte[] data = nodes.getData(path, new Stat(), null);
        text.append(path);
        if (stat.getEphemeralOwner() != 0) text.append(" E0x").append(Long.toHexString(stat.getEphemeralOwner()));
        if (data != null && data.length > 0) text.append(" = ").append(new String(data, StandardCharsets.UTF_8));
        text.append('\n');
        for (String child : new TreeSet<>(nodes.getChildren(path, null, null))) {
            String childPath = path.equals("/") ? "/" + child : path + "/" + child;
            if (!childPath.startsWith("/zookeeper")) tree(childPath, text);
        }
    }
}
