package com.example.peers;

import com.example.rank.RankListener;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Makes the argument of a declared Java type from JSON: what a caller's code would have put there. */
final class Convert {
    private Convert() {}

    /** A callback that nobody is expected to call. */
    private static final class Listener implements RankListener {
        @Override
        public void changed(String text) {}
    }

    static Object to(Type type, Object json) {
        if (json == null) return null;
        if (json instanceof Map<?, ?> map) {
            if (map.get("$sample") instanceof String name) return Samples.byName(name);
            if (map.get("$bytes") instanceof String base64) return Base64.getDecoder().decode(base64);
            if (map.containsKey("$descriptor")) return Dubbo.DUBBO.descriptorOf(to(Object.class, map.get("$descriptor")));
            if (map.containsKey("$listener")) return new Listener();
        }
        if (type instanceof ParameterizedType generic) return container((Class<?>) generic.getRawType(), generic.getActualTypeArguments(), json);
        Class<?> target = (Class<?>) type;
        if (target == byte[].class) return Base64.getDecoder().decode((String) json);
        if (target.isArray()) return array(target.getComponentType(), (List<?>) json);
        if (Beans.isBean(target)) return bean(target, (Map<?, ?>) json);
        return leaf(target, json);
    }

    private static Object container(Class<?> raw, Type[] of, Object json) {
        if (Map.class.isAssignableFrom(raw)) {
            Map<Object, Object> map = new LinkedHashMap<>();
            ((Map<?, ?>) json).forEach((key, value) -> map.put(to(of[0], key), to(of[1], value)));
            return map;
        }
        Collection<Object> list = raw == Set.class ? new LinkedHashSet<>() : new ArrayList<>();
        for (Object element : (List<?>) json) list.add(to(of[0], element));
        return list;
    }

    private static Object array(Class<?> component, List<?> json) {
        Object array = Array.newInstance(component, json.size());
        for (int i = 0; i < json.size(); i++) Array.set(array, i, to(component, json.get(i)));
        return array;
    }

    private static Object bean(Class<?> type, Map<?, ?> json) {
        try {
            Object bean = type.getDeclaredConstructor().newInstance();
            for (Field field : Beans.fields(type)) {
                if (json.get(field.getName()) != null) field.set(bean, to(field.getGenericType(), json.get(field.getName())));
            }
            return bean;
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type.getName() + ": " + e, e);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object leaf(Class<?> type, Object json) {
        if (type.isEnum()) return Enum.valueOf((Class) type, (String) json);
        if (type == Date.class) return new Date(((Number) json).longValue());
        if (type == Timestamp.class) return new Timestamp(((Number) json).longValue());
        if (type == LocalDate.class) return LocalDate.parse((String) json);
        if (type == LocalTime.class) return LocalTime.parse((String) json);
        if (type == LocalDateTime.class) return LocalDateTime.parse((String) json);
        if (type == Instant.class) return Instant.parse((String) json);
        if (type == UUID.class) return UUID.fromString((String) json);
        if (type == BigInteger.class) return new BigInteger(json.toString());
        if (type == char.class || type == Character.class) return ((String) json).charAt(0);
        if (type == BigDecimal.class) return new BigDecimal(json.toString());
        if (type == long.class || type == Long.class) return json instanceof Number n ? n.longValue() : Long.parseLong((String) json);
        if (json instanceof Number number) {
            if (type == int.class || type == Integer.class) return number.intValue();
            if (type == double.class || type == Double.class) return number.doubleValue();
            if (type == float.class || type == Float.class) return number.floatValue();
            if (type == short.class || type == Short.class) return number.shortValue();
            if (type == byte.class || type == Byte.class) return number.byteValue();
        }
        return json;
    }
}
