package com.example.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.RpcContext;

/** The only class that knows Dubbo; another generation of Dubbo needs another one of it and nothing else. */
final class Dubbo {
    private Dubbo() {}

    static String version() {
        return Version.getVersion();
    }

    /** An ordinary typed reference, as the annotation @Reference makes it. Options are those of startConsumer in java-consumer.ts. */
    static <T> T refer(Class<T> type, Map<String, Object> options) {
        ApplicationConfig application = application(options);
        RegistryConfig registry = registry(options);
        ReferenceConfig<T> reference = new ReferenceConfig<>();
        reference.setInterface(type);
        reference.setRegistry(registry);
        reference.setTimeout(((Number) options.get("timeoutMs")).intValue());
        reference.setRetries(((Number) options.get("retries")).intValue());
        reference.setCheck((Boolean) options.get("check"));
        if (options.get("version") != null) reference.setVersion((String) options.get("version"));
        if (options.get("group") != null) reference.setGroup((String) options.get("group"));
        if (options.get("direct") != null) reference.setUrl(direct((String) options.get("direct"), type.getName()));
        Map<String, String> parameters = new LinkedHashMap<>();
        if (options.get("parameters") instanceof Map<?, ?> given) given.forEach((key, value) -> parameters.put((String) key, (String) value));
        if (!parameters.isEmpty()) reference.setParameters(parameters);
        DubboBootstrap.getInstance().application(application).registry(registry).reference(reference).start();
        return reference.get();
    }

    /** An ordinary provider on the given port, found through the same registry. */
    static <T> void export(Class<T> type, T implementation, Map<String, Object> options) {
        ApplicationConfig application = application(options);
        RegistryConfig registry = registry(options);
        ProtocolConfig protocol = new ProtocolConfig("dubbo", ((Number) options.get("port")).intValue());
        ServiceConfig<T> service = new ServiceConfig<>();
        service.setInterface(type);
        service.setRef(implementation);
        service.setProtocol(protocol);
        service.setRegistry(registry);
        DubboBootstrap.getInstance().application(application).registry(registry).protocol(protocol).service(service).start();
    }

    private static ApplicationConfig application(Map<String, Object> options) {
        ApplicationConfig application = new ApplicationConfig((String) options.get("application"));
        application.setQosEnable(false);
        return application;
    }

    private static RegistryConfig registry(Map<String, Object> options) {
        String zookeeper = (String) options.get("registry");
        RegistryConfig registry = new RegistryConfig(zookeeper == null ? "N/A" : "zookeeper://" + zookeeper);
        registry.setTimeout(20_000);
        return registry;
    }

    /** dubbo://host:port?a=b to dubbo://host:port/interface?a=b */
    private static String direct(String url, String interfaceName) {
        int query = url.indexOf('?');
        return (query < 0 ? url : url.substring(0, query)) + "/" + interfaceName + (query < 0 ? "" : url.substring(query));
    }

    /** An attachment of the next call of this thread. */
    static void attach(String key, String value) {
        RpcContext.getContext().setAttachment(key, value);
    }
}
