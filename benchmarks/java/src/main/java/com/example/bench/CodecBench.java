package com.example.bench;

import com.alibaba.com.caucho.hessian.io.Hessian2Input;
import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Decodes and encodes payloads with hessian-lite as Dubbo does: a new stream per message, one serializer factory. Commands
 * are lines of standard input, each is answered by one line of JSON; the end of the input ends the program.
 *
 * <pre>
 * reencode FROM TO            decodes every payload of a file and writes what it encodes of it into another   {"count":64}
 * load NAME FILE              payloads for the timings                                                        {"count":64}
 * run decode|encode NAME MS   for so long                                                                     {"us":1.23}
 * </pre>
 * A file of payloads is: number of payloads as int32, then each as int32 length and bytes.
 */
public final class CodecBench {
    private static final SerializerFactory FACTORY = new SerializerFactory();
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final Map<String, byte[][]> PAYLOADS = new HashMap<>();
    private static final Map<String, Object[]> VALUES = new HashMap<>();
    private static final ByteArrayOutputStream OUT = new ByteArrayOutputStream(65536);
    /** What was decoded and encoded goes into these, so that nothing of it can be left out. */
    private static Object decoded;
    private static int encoded;

    private CodecBench() {}

    public static void main(String[] args) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("{\"ready\":\"" + System.getProperty("java.version") + "\"}");
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String answer;
            try {
                answer = answer(line.split(" "));
            } catch (Throwable failure) {
                answer = "{\"error\":\"" + failure.toString().replaceAll("[\\\\\"\\p{Cntrl}]", "'") + "\"}";
            }
            System.out.println(answer);
        }
        System.err.println("done " + (encoded + (decoded == null ? 0 : 1)));
    }

    private static String answer(String[] words) throws IOException {
        switch (words[0]) {
            case "reencode":
                return "{\"count\":" + reencode(Path.of(words[1]), Path.of(words[2])) + "}";
            case "load":
                return "{\"count\":" + load(words[1], Path.of(words[2])) + "}";
            case "run":
                return "{\"us\":" + run(words[1].equals("decode"), words[2], Long.parseLong(words[3])) + "}";
            default:
                throw new IllegalArgumentException("no such command: " + words[0]);
        }
    }

    private static int reencode(Path from, Path to) throws IOException {
        byte[][] payloads = read(from);
        try (DataOutputStream file = new DataOutputStream(Files.newOutputStream(to))) {
            file.writeInt(payloads.length);
            for (byte[] payload : payloads) {
                byte[] again = encode(decode(payload));
                file.writeInt(again.length);
                file.write(again);
            }
        }
        return payloads.length;
    }

    private static int load(String name, Path file) throws IOException {
        byte[][] payloads = read(file);
        Object[] values = new Object[payloads.length];
        for (int i = 0; i < payloads.length; i++) values[i] = decode(payloads[i]);
        PAYLOADS.put(name, payloads);
        VALUES.put(name, values);
        return payloads.length;
    }

    private static byte[][] read(Path file) throws IOException {
        try (DataInputStream input = new DataInputStream(Files.newInputStream(file))) {
            byte[][] payloads = new byte[input.readInt()][];
            for (int i = 0; i < payloads.length; i++) payloads[i] = input.readNBytes(input.readInt());
            return payloads;
        }
    }

    /** CPU µs of one operation: those of this thread, and the time of the (single-threaded) collector. */
    private static double run(boolean decode, String name, long ms) throws IOException {
        long cpu = THREADS.getCurrentThreadCpuTime();
        long collected = collectedMs();
        long deadline = System.nanoTime() + ms * 1_000_000;
        long count = decode ? decodeUntil(PAYLOADS.get(name), deadline) : encodeUntil(VALUES.get(name), deadline);
        double us = (THREADS.getCurrentThreadCpuTime() - cpu) / 1000.0 + (collectedMs() - collected) * 1000.0;
        return us / count;
    }

    private static long decodeUntil(byte[][] payloads, long deadline) throws IOException {
        long count = 0;
        do {
            for (int i = 0; i < 8; i++) decoded = decode(payloads[(int) (count++ % payloads.length)]);
        } while (System.nanoTime() < deadline);
        return count;
    }

    private static long encodeUntil(Object[] values, long deadline) throws IOException {
        long count = 0;
        do {
            for (int i = 0; i < 8; i++) encoded += encode(values[(int) (count++ % values.length)]).length;
        } while (System.nanoTime() < deadline);
        return count;
    }

    private static Object decode(byte[] payload) throws IOException {
        Hessian2Input input = new Hessian2Input(new ByteArrayInputStream(payload));
        input.setSerializerFactory(FACTORY);
        return input.readObject();
    }

    private static byte[] encode(Object value) throws IOException {
        OUT.reset();
        Hessian2Output output = new Hessian2Output(OUT);
        output.setSerializerFactory(FACTORY);
        output.writeObject(value);
        output.flushBuffer();
        return OUT.toByteArray();
    }

    private static long collectedMs() {
        long sum = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            sum += collector.getCollectionTime();
        }
        return sum;
    }
}
