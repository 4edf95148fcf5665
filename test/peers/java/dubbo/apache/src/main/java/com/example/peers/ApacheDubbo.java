package com.example.peers;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.common.beanutil.JavaBeanSerializeUtil;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.MetadataReportConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.service.EchoService;
import org.apache.dubbo.rpc.service.GenericService;

/** org.apache.dubbo: one source, compiled against 2.7 and each 3.x. */
public final class ApacheDubbo extends Dubbo {
    private int references;

    @Override
    public String version() {
        return Version.getVersion();
    }

    @Override
    public Object refer(Class<?> type, Map<String, Object> options) {
        ReferenceConfig<Object> reference = new ReferenceConfig<>();
        if (options.get("generic") == null) reference.setInterface(type);
        else {
            reference.setInterface(type.getName());
            reference.setGeneric(text(options, "generic"));
        }
        // Two references to one interface are one to Dubbo, unless their ids differ.
        reference.setId("reference-" + references);
        RegistryConfig registry = registry(options);
        reference.setRegistry(registry);
        reference.setTimeout(number(options, "timeoutMs"));
        reference.setRetries(number(options, "retries"));
        reference.setCheck((Boolean) options.get("check"));
        if (options.get("version") != null) reference.setVersion(text(options, "version"));
        if (options.get("group") != null) reference.setGroup(text(options, "group"));
        if (options.get("direct") != null) reference.setUrl(direct(text(options, "direct"), type));
        if (!texts(options, "parameters").isEmpty()) reference.setParameters(texts(options, "parameters"));
        DubboBootstrap bootstrap = DubboBootstrap.getInstance().reference(reference);
        if (references++ == 0) bootstrap.application(application(options)).registry(registry).start();
        return reference.get();
    }

    @Override
    public void export(Map<Class<?>, Object> services, Map<String, Object> options) {
        RegistryConfig registry = registry(options);
        ProtocolConfig protocol = new ProtocolConfig("dubbo", number(options, "port"));
        DubboBootstrap bootstrap = DubboBootstrap.getInstance().application(application(options)).registry(registry).protocol(protocol);
        // Without one a provider publishes what its interfaces look like nowhere.
        if (Boolean.TRUE.equals(options.get("metadata"))) bootstrap.metadataReport(new MetadataReportConfig("zookeeper://" + options.get("registry")));
        services.forEach((type, implementation) -> {
            ServiceConfig<Object> service = new ServiceConfig<>();
            // Without an id 2.7 takes the second service for the first one again.
            service.setId(type.getName());
            service.setInterface(type);
            service.setRef(implementation);
            service.setProtocol(protocol);
            service.setRegistry(registry);
            bootstrap.service(service);
        });
        bootstrap.start();
    }

    private static ApplicationConfig application(Map<String, Object> options) {
        ApplicationConfig application = new ApplicationConfig(text(options, "application"));
        application.setQosEnable(false);
        return application;
    }

    private static RegistryConfig registry(Map<String, Object> options) {
        RegistryConfig registry = new RegistryConfig(options.get("registry") == null ? "N/A" : "zookeeper://" + options.get("registry"));
        registry.setTimeout(20_000);
        return registry;
    }

    @Override
    public Object invoke(Object generic, String method, String[] types, Object[] args) {
        return ((GenericService) generic).$invoke(method, types, args);
    }

    @Override
    public Object echo(Object reference, Object argument) {
        return ((EchoService) reference).$echo(argument);
    }

    @Override
    public Object descriptorOf(Object bean) {
        return JavaBeanSerializeUtil.serialize(bean);
    }

    @Override
    public void attach(String key, String value) {
        RpcContext.getContext().setAttachment(key, value);
    }

    @Override
    public Map<String, ?> responseAttachments() {
        return new TreeMap<>(RpcContext.getServerContext().getObjectAttachments());
    }

    @Override
    public <T> Future<T> asyncCall(Callable<T> call) {
        return RpcContext.getContext().asyncCall(call);
    }
}
