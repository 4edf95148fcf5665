package com.example.peers;

import com.example.rank.RankService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Checked calls from several threads: a given number of them, or until it is told to stop. */
final class Load {
    private final RankService service;
    private final List<String> kinds;
    private final int callsPerThread;
    private final long intervalNs;
    private final List<Thread> threads = new ArrayList<>();
    private final long startedAt = System.nanoTime();
    private final Map<String, Integer> exceptions = new TreeMap<>();
    private final Map<String, Integer> wrongAnswers = new TreeMap<>();
    private long[] latencies = new long[1024];
    private int calls;
    private int failed;
    private int wrong;
    private long firstFailureAt;
    private long lastFailureAt;
    private long lastFailureBegunAt;
    private volatile boolean stopping;

    @SuppressWarnings("unchecked")
    Load(RankService service, Map<String, Object> options) {
        this.service = service;
        kinds = (List<String>) options.getOrDefault("kinds", List.of("score"));
        callsPerThread = ((Number) options.getOrDefault("calls", Integer.MAX_VALUE)).intValue();
        intervalNs = TimeUnit.MILLISECONDS.toNanos(((Number) options.getOrDefault("intervalMs", 0)).longValue());
        int count = ((Number) options.getOrDefault("threads", 4)).intValue();
        for (int i = 0; i < count; i++) {
            int number = i;
            threads.add(new Thread(() -> work(number), "load-" + i));
        }
        threads.forEach(Thread::start);
    }

    private void work(int number) {
        CheckedCalls checked = new CheckedCalls(service, number);
        long due = System.nanoTime();
        for (int i = 0; i < callsPerThread && !stopping; i++) {
            long begin = System.nanoTime();
            String wrongText = null;
            Throwable failure = null;
            try {
                wrongText = checked.run(kinds.get(i % kinds.size()), i);
            } catch (Throwable e) {
                failure = e;
            }
            count(System.nanoTime() - begin, wrongText, failure);
            due = Math.max(due + intervalNs, System.nanoTime() - intervalNs);
            while (!stopping && System.nanoTime() < due) LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    private synchronized void count(long ns, String wrongText, Throwable failure) {
        if (calls == latencies.length) latencies = Arrays.copyOf(latencies, calls * 2);
        latencies[calls++] = ns;
        if (wrongText != null) {
            wrong++;
            wrongAnswers.merge(withoutNumbers(wrongText), 1, Integer::sum);
        }
        if (failure == null) return;
        failed++;
        long now = System.currentTimeMillis();
        if (firstFailureAt == 0) firstFailureAt = now;
        lastFailureAt = now;
        lastFailureBegunAt = Math.max(lastFailureBegunAt, now - ns / 1_000_000);
        exceptions.merge(withoutNumbers(failure.getClass().getSimpleName() + ": " + failure.getMessage()), 1, Integer::sum);
    }

    /** Ids and times would make every text another one. */
    private static String withoutNumbers(String text) {
        return (text.length() > 400 ? text.substring(0, 400) : text).replaceAll("[0-9]+", "#");
    }

    void stop() {
        stopping = true;
    }

    void join() throws InterruptedException {
        for (Thread thread : threads) thread.join();
    }

    synchronized String summary() {
        long[] sorted = Arrays.copyOf(latencies, calls);
        Arrays.sort(sorted);
        return "{\"calls\":" + calls + ",\"ok\":" + (calls - failed - wrong) + ",\"failed\":" + failed + ",\"wrong\":" + wrong
                + ",\"p50Us\":" + at(sorted, 0.5) + ",\"p99Us\":" + at(sorted, 0.99) + ",\"slowestMs\":" + at(sorted, 1) / 1000
                + ",\"elapsedMs\":" + (System.nanoTime() - startedAt) / 1_000_000 + ",\"firstFailureAt\":" + firstFailureAt + ",\"lastFailureAt\":" + lastFailureAt
                + ",\"lastFailureBegunAt\":" + lastFailureBegunAt
                + ",\"exceptions\":" + Show.json(exceptions) + ",\"wrongAnswers\":" + Show.json(wrongAnswers) + "}";
    }

    private static long at(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, (int) (sorted.length * share))] / 1000;
    }
}
