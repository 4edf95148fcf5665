package com.example.peers;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Three views of an answer: the classes that are really in it, its value as JSON, and where it is not what the method declares. */
final class Show {
    private Show() {}

    /** For instance {@code ArrayList<Double|Integer>} or {@code RankResult{items:ArrayList<ItemScore{…}>,…}}. */
    static String type(Object value) {
        if (value == null) return "null";
        Class<?> type = value.getClass();
        if (value instanceof Enum<?> constant) return constant.getDeclaringClass().getSimpleName();
        if (value instanceof Collection<?> list) return type.getSimpleName() + "<" + types(list) + ">";
        if (value instanceof Map<?, ?> map) return type.getSimpleName() + "<" + types(map.keySet()) + "," + types(map.values()) + ">";
        if (value instanceof Object[] array) return type.getSimpleName() + "<" + types(List.of(nonNull(array))) + ">";
        if (!Beans.isBean(type)) return type.getSimpleName();
        StringBuilder out = new StringBuilder(type.getSimpleName()).append('{');
        for (Field field : Beans.fields(type)) {
            Object inner = Beans.get(field, value);
            if (inner == null || field.getType().isPrimitive()) continue;
            out.append(out.charAt(out.length() - 1) == '{' ? "" : ",").append(field.getName()).append(':').append(type(inner));
        }
        return out.append('}').toString();
    }

    private static Object[] nonNull(Object[] array) {
        return java.util.Arrays.stream(array).filter(java.util.Objects::nonNull).toArray();
    }

    private static String types(Collection<?> values) {
        TreeSet<String> all = new TreeSet<>();
        for (Object value : values) all.add(type(value));
        return String.join("|", all);
    }

    /** The value as JSON. Integers keep all their digits, a BigDecimal is a string, a Date its ISO text, byte[] base64, NaN and infinities strings. */
    static String json(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) out.append(value);
        else if (value instanceof Double || value instanceof Float) out.append(Double.isFinite(((Number) value).doubleValue()) ? value : Json.quote(value.toString()));
        else if (value instanceof Enum<?> constant) out.append(Json.quote(constant.name()));
        else if (value instanceof Date date) out.append(Json.quote(date.toInstant().toString()));
        else if (value instanceof byte[] bytes) out.append(Json.quote(Base64.getEncoder().encodeToString(bytes)));
        else if (value instanceof Map<?, ?> map) writeMap(map, out);
        else if (value instanceof Collection<?> list) writeAll(list.toArray(), out);
        else if (value.getClass().isArray()) writeAll(value, out);
        else if (Beans.isBean(value.getClass())) writeBean(value, out);
        else out.append(Json.quote(value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString()));
    }

    private static void writeMap(Map<?, ?> map, StringBuilder out) {
        out.append('{');
        String comma = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(comma).append(Json.quote(String.valueOf(entry.getKey()))).append(':');
            write(entry.getValue(), out);
            comma = ",";
        }
        out.append('}');
    }

    private static void writeAll(Object array, StringBuilder out) {
        out.append('[');
        for (int i = 0; i < Array.getLength(array); i++) {
            if (i > 0) out.append(',');
            write(Array.get(array, i), out);
        }
        out.append(']');
    }

    private static void writeBean(Object bean, StringBuilder out) {
        out.append('{');
        String comma = "";
        for (Field field : Beans.fields(bean.getClass())) {
            out.append(comma).append(Json.quote(field.getName())).append(':');
            write(Beans.get(field, bean), out);
            comma = ",";
        }
        out.append('}');
    }

    /**
     * Walks a value along its declared type, generics included. Where business code would meet a ClassCastException, the path, the class found and
     * the class declared are added: the call itself went well in that case, which is why nobody notices without such a walk.
     */
    static void undeclared(Type declared, Object value, String path, List<String> found) {
        if (value == null) return;
        if (declared instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            if (!expect((Class<?>) generic.getRawType(), value, path, found)) return;
            if (value instanceof Map<?, ?> map) {
                map.forEach((key, inner) -> {
                    undeclared(of[0], key, path + " key " + key, found);
                    undeclared(of[1], inner, path + "." + key, found);
                });
            } else if (value instanceof Collection<?> list) {
                int i = 0;
                for (Object inner : list) undeclared(of[0], inner, path + "[" + i++ + "]", found);
            }
        } else if (declared instanceof Class<?> type) {
            if (type.isPrimitive() || !expect(type, value, path, found)) return;
            if (value instanceof Object[] array) for (int i = 0; i < array.length; i++) undeclared(type.getComponentType(), array[i], path + "[" + i + "]", found);
            if (Beans.isBean(value.getClass())) for (Field field : Beans.fields(value.getClass())) undeclared(field.getGenericType(), Beans.get(field, value), path + "." + field.getName(), found);
        } else if (declared instanceof GenericArrayType) {
            throw new IllegalArgumentException("no such declaration is used here: " + declared);
        }
    }

    private static boolean expect(Class<?> declared, Object value, String path, List<String> found) {
        if (declared.isInstance(value)) return true;
        found.add(path + ": " + value.getClass().getName() + " is not " + declared.getName());
        return false;
    }
}
