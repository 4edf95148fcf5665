package com.example.peers;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

/** What became of one call, as JSON: CallResult in java-consumer.ts. */
final class Outcome {
    private Outcome() {}

    static String of(Callable<Object> call, Type declared, String name) {
        long begin = System.nanoTime();
        try {
            Object value = Reference.settled(call.call());
            long ms = since(begin);
            List<String> undeclared = new ArrayList<>();
            Show.undeclared(valueType(declared), value, name, undeclared);
            return "{\"ok\":true,\"type\":" + Json.quote(Show.type(value)) + ",\"value\":" + Show.json(value) + ",\"undeclared\":" + Show.json(undeclared) + tail(ms);
        } catch (Throwable e) {
            return failure(Reference.cause(e), since(begin));
        }
    }

    /** The T of a CompletableFuture<T>, any other type itself. */
    private static Type valueType(Type declared) {
        if (declared instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw && Future.class.isAssignableFrom(raw)) return generic.getActualTypeArguments()[0];
        return declared;
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
                + ",\"frames\":" + frames.length + ",\"firstFrame\":" + Json.quote(frames.length == 0 ? "" : frames[0].toString()) + tail(ms);
    }

    private static String tail(long ms) {
        return ",\"attachments\":" + Show.json(Dubbo.DUBBO.responseAttachments()) + ",\"ms\":" + ms + "}";
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
