package com.example.peers;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** One reference of the service, and the ways to call it. */
final class Reference {
    /** Longer than any reference of the tests waits. */
    private static final int MAX_WAIT_S = 6;
    final Object proxy;
    private final Class<?> type;
    private final boolean generic;

    Reference(Map<String, Object> options) throws ClassNotFoundException {
        type = Class.forName("com.example.rank." + options.getOrDefault("interface", "RankService"));
        generic = options.get("generic") != null;
        proxy = Dubbo.DUBBO.refer(type, options);
    }

    /** Calls as the command says: see CallOptions in java-consumer.ts. Gives one JSON text a call. */
    List<String> calls(Map<String, Object> command) {
        List<?> given = (List<?>) command.getOrDefault("args", List.of());
        Callable<Object> call;
        Type declared;
        if ("$echo".equals(command.get("method"))) {
            Object argument = Convert.to(Object.class, given.get(0));
            declared = Object.class;
            call = () -> Dubbo.DUBBO.echo(proxy, argument);
        } else {
            Method method = method((String) command.get("method"));
            declared = generic ? Object.class : method.getGenericReturnType();
            Object[] args = arguments(method, given);
            call = generic ? generic(method, args, command.get("types")) : () -> method.invoke(proxy, args);
        }
        Callable<Object> way = Boolean.TRUE.equals(command.get("async")) ? async(call) : call;
        List<String> results = new ArrayList<>();
        int times = ((Number) command.getOrDefault("times", 1)).intValue();
        for (int i = 0; i < times; i++) {
            if (command.get("attachments") instanceof Map<?, ?> map) map.forEach((key, value) -> Dubbo.DUBBO.attach((String) key, (String) value));
            results.add(Outcome.of(way, declared, (String) command.get("method")));
        }
        return results;
    }

    private Method method(String name) {
        for (Method candidate : type.getMethods()) if (candidate.getName().equals(name)) return candidate;
        throw new IllegalArgumentException(type.getSimpleName() + " has no method " + name);
    }

    /** Generic users send plain JSON values: nothing of the interface is on their class path. */
    private Object[] arguments(Method method, List<?> given) {
        Type[] types = method.getGenericParameterTypes();
        Object[] args = new Object[types.length];
        for (int i = 0; i < types.length; i++) args[i] = Convert.to(generic ? Object.class : types[i], given.get(i));
        return args;
    }

    private Callable<Object> generic(Method method, Object[] args, Object named) {
        String[] types = named instanceof List<?> list ? list.toArray(String[]::new) : Arrays.stream(method.getParameterTypes()).map(Class::getName).toArray(String[]::new);
        return () -> Dubbo.DUBBO.invoke(proxy, method.getName(), types, args);
    }

    /** RpcContext.asyncCall takes what the call throws for its own failure, and gives a future of the answer. */
    private static Callable<Object> async(Callable<Object> call) {
        return () -> {
            Future<Object> future = Dubbo.DUBBO.asyncCall(call);
            return future.get(MAX_WAIT_S, TimeUnit.SECONDS);
        };
    }

    /** A future, of a method that declares one, is waited for. */
    static Object settled(Object value) throws Exception {
        return value instanceof Future<?> future ? future.get(MAX_WAIT_S, TimeUnit.SECONDS) : value;
    }

    /** What the caller's code would have caught. */
    static Throwable cause(Throwable thrown) {
        Throwable e = thrown;
        while ((e instanceof InvocationTargetException || e instanceof ExecutionException) && e.getCause() != null) e = e.getCause();
        return e;
    }
}
