package com.example.peers;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

/** What the programs need of Dubbo. Each generation of Dubbo has its own of it, found on the class path. Options are those of java-consumer.ts and java-provider.ts. */
public abstract class Dubbo {
    static final Dubbo DUBBO = ServiceLoader.load(Dubbo.class).findFirst().orElseThrow();

    public abstract String version();

    /** An ordinary typed reference, as the annotation @Reference makes it; a GenericService where the options say which kind of generic. */
    public abstract Object refer(Class<?> type, Map<String, Object> options);

    /** Ordinary providers on the given port, found through the same registry. */
    public abstract void export(Map<Class<?>, Object> services, Map<String, Object> options);

    /** GenericService.$invoke */
    public abstract Object invoke(Object generic, String method, String[] types, Object[] args);

    /** EchoService.$echo of any reference. */
    public abstract Object echo(Object reference, Object argument);

    /** A bean as the generic kind `bean` sends it. */
    public abstract Object descriptorOf(Object bean);

    /** An attachment of the next call of this thread. */
    public abstract void attach(String key, String value);

    /** What came with the last answer of this thread. */
    public abstract Map<String, ?> responseAttachments();

    /** RpcContext.asyncCall: the old way to call any method without waiting. */
    public abstract <T> Future<T> asyncCall(Callable<T> call);

    protected static String text(Map<String, Object> options, String key) {
        return (String) options.get(key);
    }

    protected static int number(Map<String, Object> options, String key) {
        return ((Number) options.get(key)).intValue();
    }

    @SuppressWarnings("unchecked")
    protected static Map<String, String> texts(Map<String, Object> options, String key) {
        return (Map<String, String>) options.getOrDefault(key, Map.of());
    }

    /** dubbo://host:port?a=b to dubbo://host:port/interface?a=b */
    protected static String direct(String url, Class<?> type) {
        int query = url.indexOf('?');
        return (query < 0 ? url : url.substring(0, query)) + "/" + type.getName() + (query < 0 ? "" : url.substring(query));
    }
}
