package com.example.hessian;

import com.example.types.CheckedException;
import com.example.types.OrderException;

/** Exceptions, all with the same two stack frames. */
final class ErrorSamples {
    private static final String THROWABLE = "java.lang.Throwable";

    private ErrorSamples() {}

    static void addTo(Samples to) {
        to.make("exception", THROWABLE, () -> traced(new RuntimeException("message 中")));
        to.make("exception without message", THROWABLE, () -> traced(new IllegalStateException()));
        to.make("exception with cause", THROWABLE, () -> traced(new RuntimeException("outer", traced(new IllegalArgumentException("inner")))));
        to.make("exception with null as cause", THROWABLE, () -> traced(new RuntimeException("message", null)));
        to.make("exception caused by its cause", THROWABLE, () -> {
            RuntimeException outer = traced(new RuntimeException("outer"));
            outer.initCause(traced(new IllegalStateException("inner", outer)));
            return outer;
        });
        to.make("exception with suppressed", THROWABLE, () -> {
            RuntimeException outer = traced(new RuntimeException("outer"));
            outer.addSuppressed(traced(new IllegalStateException("first")));
            outer.addSuppressed(traced(new IllegalStateException("second")));
            return outer;
        });
        to.make("exception without frames", THROWABLE, () -> {
            RuntimeException error = new RuntimeException("no frames");
            error.setStackTrace(new StackTraceElement[0]);
            return error;
        });
        to.make("error", THROWABLE, () -> traced(new StackOverflowError()));
        to.make("exception of a business", "com.example.types.OrderException", () -> traced(new OrderException(42, "no stock", "message", null)));
        to.make("exception of a business with cause", "com.example.types.OrderException", () -> traced(new OrderException(42, null, "message", traced(new CheckedException("inner")))));
        to.make("checked exception", "com.example.types.CheckedException", () -> traced(new CheckedException("message")));
        to.make("exceptions in a list", "java.util.List<java.lang.Object>", () -> ListSamples.list(traced(new RuntimeException("a")), traced(new RuntimeException("b"))));
        to.add("stack frame", "java.lang.StackTraceElement", frame("call", 7));
    }

    static <T extends Throwable> T traced(T error) {
        error.setStackTrace(new StackTraceElement[] {frame("call", 12), frame("main", 34)});
        return error;
    }

    private static StackTraceElement frame(String method, int line) {
        return new StackTraceElement("com.example.Service", method, "Service.java", line);
    }
}
