package com.example.hessian;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * A value as text with its classes: {@code ArrayList#0[Integer 1,Double 1.0,#0]}, {@code Item#1{id:Integer 3,…}}. The number after # is that of the
 * object; a number alone is one that was there before.
 */
final class Show {
    private final StringBuilder out = new StringBuilder();
    private final IdentityHashMap<Object, Integer> known = new IdentityHashMap<>();

    private Show() {}

    static String typed(Object value) {
        Show show = new Show();
        show.add(value);
        return show.out.toString();
    }

    /** For messages. */
    static String brief(Object value) {
        String text = typed(value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    static boolean isBox(Object value) {
        return value instanceof Boolean || value instanceof Character || value instanceof Byte || value instanceof Short || value instanceof Integer
            || value instanceof Long || value instanceof Float || value instanceof Double;
    }

    private void add(Object value) {
        if (value == null) {
            out.append("null");
            return;
        }
        Class<?> type = value.getClass();
        if (value instanceof String || isBox(value) || value instanceof Enum<?> || value instanceof Class<?>) {
            out.append(type.getSimpleName()).append(' ').append(value);
            return;
        }
        Integer before = known.putIfAbsent(value, known.size());
        if (before != null) {
            out.append('#').append(before);
            return;
        }
        out.append(type.getName().startsWith("java.util.") ? type.getSimpleName() : type.getTypeName()).append('#').append(known.get(value));
        if (type.isArray()) addArray(value);
        else if (value instanceof Map<?, ?> map) addMap(map);
        else if (value instanceof Collection<?> list) addArray(list.toArray());
        else if (value instanceof Throwable thrown) {
            out.append('{').append(thrown.getMessage()).append(",cause:");
            add(thrown.getCause());
            out.append(",frames:").append(thrown.getStackTrace().length).append(",suppressed:").append(thrown.getSuppressed().length).append('}');
        } else if (type.getName().startsWith("com.example.")) addFields(value);
        else out.append(' ').append(value instanceof Date date ? date.getTime() : value);
    }

    private void addArray(Object array) {
        out.append('[');
        for (int i = 0; i < Array.getLength(array); i++) {
            if (i > 0) out.append(',');
            add(Array.get(array, i));
        }
        out.append(']');
    }

    private void addMap(Map<?, ?> map) {
        out.append('{');
        String comma = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(comma);
            add(entry.getKey());
            out.append('=');
            add(entry.getValue());
            comma = ",";
        }
        out.append('}');
    }

    private void addFields(Object bean) {
        out.append('{');
        String comma = "";
        for (Class<?> at = bean.getClass(); at.getName().startsWith("com.example."); at = at.getSuperclass()) {
            for (Field field : at.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) continue;
                field.setAccessible(true);
                out.append(comma).append(field.getName()).append(':');
                try {
                    add(field.get(bean));
                } catch (IllegalAccessException error) {
                    throw new IllegalStateException(error);
                }
                comma = ",";
            }
        }
        out.append('}');
    }
}
