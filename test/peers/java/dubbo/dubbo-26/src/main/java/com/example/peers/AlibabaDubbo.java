package com.example.peers;

import com.alibaba.dubbo.common.Version;
import com.alibaba.dubbo.common.beanutil.JavaBeanSerializeUtil;
import com.alibaba.dubbo.config.ApplicationConfig;
import com.alibaba.dubbo.config.ProtocolConfig;
import com.alibaba.dubbo.config.ReferenceConfig;
import com.alibaba.dubbo.config.RegistryConfig;
import com.alibaba.dubbo.config.ServiceConfig;
import com.alibaba.dubbo.rpc.RpcContext;
import com.alibaba.dubbo.rpc.service.EchoService;
import com.alibaba.dubbo.rpc.service.GenericService;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

/** com.alibaba.dubbo 2.6. Its own ZooKeeper client and netty 3 do not work on JDK 17, so both are named. */
public final class AlibabaDubbo extends Dubbo {
    private ApplicationConfig application;

    @Override
    public String version() {
        return Version.getVersion();
    }

    @Override
    public Object refer(Class<?> type, Map<String, Object> options) {
        ReferenceConfig<Object> reference = new ReferenceConfig<>();
        reference.setInterface(type);
        if (options.get("generic") != null) reference.setGeneric(text(options, "generic"));
        reference.setApplication(application(options));
        reference.setRegistry(registry(options));
        reference.setClient("netty4");
        reference.setTimeout(number(options, "timeoutMs"));
        reference.setRetries(number(options, "retries"));
        reference.setCheck((Boolean) options.get("check"));
        if (options.get("version") != null) reference.setVersion(text(options, "version"));
        if (options.get("group") != null) reference.setGroup(text(options, "group"));
        if (options.get("direct") != null) reference.setUrl(direct(text(options, "direct"), type));
        if (!texts(options, "parameters").isEmpty()) reference.setParameters(texts(options, "parameters"));
        return reference.get();
    }

    @Override
    public void export(Map<Class<?>, Object> services, Map<String, Object> options) {
        ProtocolConfig protocol = new ProtocolConfig("dubbo", number(options, "port"));
        protocol.setServer("netty4");
        services.forEach((type, implementation) -> {
            ServiceConfig<Object> service = new ServiceConfig<>();
            service.setApplication(application(options));
            service.setRegistry(registry(options));
            service.setProtocol(protocol);
            service.setInterface(type);
            service.setRef(implementation);
            service.export();
        });
    }

    private ApplicationConfig application(Map<String, Object> options) {
        if (application == null) application = new ApplicationConfig(text(options, "application"));
        application.setQosEnable(false);
        return application;
    }

    private static RegistryConfig registry(Map<String, Object> options) {
        RegistryConfig registry = new RegistryConfig(options.get("registry") == null ? "N/A" : "zookeeper://" + options.get("registry"));
        registry.setClient("curator");
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
        return new TreeMap<>(RpcContext.getServerContext().getAttachments());
    }

    @Override
    public <T> Future<T> asyncCall(Callable<T> call) {
        return RpcContext.getContext().asyncCall(call);
    }
}
