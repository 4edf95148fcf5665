package com.example.hessian;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one request per line and answers each with one line of JSON, in order. Ends at the end of its input.
 *
 * <pre>
 * list                  [{"name","type","hex"}…], "error" in place of "hex" for what this hessian-lite cannot write;
 *                       "declared" and "generic" say what is wrong when it cannot read its own bytes back, with and without the declared class
 * types                 the classes of the samples as "types" of a Service document
 * check HEX NAME        "" when the bytes are read as the sample's value, else the difference: "declared" by the declared class, "generic" without one;
 *                       "realized" and "declaredRealized" the same two, then converted by Dubbo's PojoUtils
 * read HEX              {"value": typed text}
 * same HEX HEX          {"difference": ""} when both are read as the same graph with the same sharing
 * </pre>
 *
 * Every answer may be {"error": text} instead.
 */
public final class HessianPeer {
    private static final Map<String, Sample> SAMPLES = new LinkedHashMap<>();
    private static final Method REALIZE = realize();

    private HessianPeer() {}

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII);
        System.setOut(System.err);
        for (Sample sample : Samples.all()) {
            if (SAMPLES.put(sample.name(), sample) != null) throw new IllegalStateException("two samples are called " + sample.name());
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        out.println("{\"ready\":" + Json.quote(String.valueOf(Wire.class.getClassLoader().getResource("com/alibaba/com/caucho/hessian/io/Hessian2Output.class"))) + "}");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;
            try {
                answer = answer(line.split(" ", 3));
            } catch (Exception | StackOverflowError error) {
                answer = Json.object("error", text(error));
            }
            out.println(answer);
        }
    }

    private static String answer(String[] words) throws Exception {
        return switch (words[0]) {
            case "list" -> list();
            case "types" -> Types.describe();
            case "check" -> check(SAMPLES.get(words[2]), words[1]);
            case "read" -> Json.object("value", Show.typed(Wire.read(words[1], null)));
            case "same" -> same(words[1], words[2]);
            default -> throw new IllegalArgumentException("no such request: " + words[0]);
        };
    }

    private static String list() {
        List<String> all = new ArrayList<>();
        for (Sample sample : SAMPLES.values()) {
            Object value = sample.value().get();
            try {
                String hex = Wire.write(value);
                String declared = attempt(() -> Same.loosely(value, Wire.read(hex, Types.raw(Types.parse(sample.type())))));
                String generic = attempt(() -> Same.loosely(value, Wire.read(hex, null)));
                all.add(Json.object("name", sample.name(), "type", sample.type(), "hex", hex, "declared", declared, "generic", generic));
            } catch (Exception | StackOverflowError error) {
                all.add(Json.object("name", sample.name(), "type", sample.type(), "error", text(error)));
            }
        }
        return "[" + String.join(",", all) + "]";
    }

    private static String check(Sample sample, String hex) throws Exception {
        Object value = sample.value().get();
        Type type = Types.parse(sample.type());
        Class<?> raw = Types.raw(type);
        String own = Wire.write(value);
        return Json.object(
            "declared", shown(compare(value, () -> Wire.read(own, raw), () -> Wire.read(hex, raw))),
            "generic", shown(compare(value, () -> Wire.read(own, null), () -> Wire.read(hex, null))),
            "realized", shown(compare(value, () -> realized(Wire.read(own, null), type), () -> realized(Wire.read(hex, null), type))),
            "declaredRealized", shown(compare(value, () -> realized(Wire.read(own, raw), type), () -> realized(Wire.read(hex, raw), type))));
    }

    private static Object realized(Object read, Type type) throws ReflectiveOperationException {
        return REALIZE.invoke(null, read, Types.raw(type), type);
    }

    private static String same(String first, String second) {
        return Json.object("difference", shown(attempt(() -> Same.strictly(Wire.read(first, null), Wire.read(second, null)))));
    }

    /** Null when what is read is the value itself, or what Java makes of its own bytes where those lose something (nanoseconds of a Timestamp, say). */
    private static String compare(Object value, Reading own, Reading ours) {
        return attempt(() -> {
            Object found = ours.get();
            String different = Same.loosely(value, found);
            return different == null || attempt(() -> Same.loosely(own.get(), found)) == null ? null : different;
        });
    }

    private static String shown(String difference) {
        return difference == null ? "" : difference;
    }

    private interface Reading {
        Object get() throws Exception;
    }

    private interface Attempt {
        String make() throws Exception;
    }

    private static String attempt(Attempt attempt) {
        try {
            return attempt.make();
        } catch (Exception | StackOverflowError error) {
            return text(error);
        }
    }

    private static String text(Throwable error) {
        Throwable inner = error instanceof java.lang.reflect.InvocationTargetException wrapped ? wrapped.getCause() : error;
        return inner instanceof StackOverflowError ? "StackOverflowError" : inner.toString();
    }

    /** PojoUtils of Dubbo 3 makes objects of trusted classes only. Consumers trust the packages of the interfaces that they refer to. */
    private static Method realize() {
        try {
            Class<?> model = Class.forName("org.apache.dubbo.rpc.model.FrameworkModel");
            Object beans = model.getMethod("getBeanFactory").invoke(model.getMethod("defaultModel").invoke(null));
            Class<?> manager = Class.forName("org.apache.dubbo.common.utils.SerializeSecurityManager");
            Object security = beans.getClass().getMethod("getBean", Class.class).invoke(beans, manager);
            manager.getMethod("addToAllowed", String.class).invoke(security, "com.example.");
        } catch (ClassNotFoundException error) {
            // Dubbo 2.7 trusts everything.
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
        try {
            return Class.forName("org.apache.dubbo.common.utils.PojoUtils").getMethod("realize", Object.class, Class.class, Type.class);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }
}
