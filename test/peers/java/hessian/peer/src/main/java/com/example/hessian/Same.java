package com.example.hessian;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Collection;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * Deep equality of two graphs of objects, cycles included.
 *
 * Strict: the same classes everywhere, and the same sharing: what is one object on one side is one object on the other (strings and boxes excepted).
 * Loose: as business code sees it, which knows of lists, sets and maps only their interfaces and does not compare references.
 */
final class Same {
    private final boolean strict;
    private final IdentityHashMap<Object, Object> matched = new IdentityHashMap<>();
    private final IdentityHashMap<Object, Object> backwards = new IdentityHashMap<>();

    private Same(boolean strict) {
        this.strict = strict;
    }

    /** Null when they are the same; else where they differ and in what. */
    static String strictly(Object expected, Object found) {
        return new Same(true).difference(expected, found, "value");
    }

    static String loosely(Object expected, Object found) {
        return new Same(false).difference(expected, found, "value");
    }

    private String difference(Object a, Object b, String path) {
        if (a == null || b == null) return a == b ? null : path + ": expected " + Show.brief(a) + ", found " + Show.brief(b);
        if (a instanceof String || Show.isBox(a) || a instanceof Enum<?> || a instanceof Class<?>) return a.equals(b) ? null : path + ": expected " + Show.brief(a) + ", found " + Show.brief(b);
        Object other = matched.get(a);
        if (other != null || backwards.containsKey(b)) {
            if (other == b) return null;
            if (strict) return path + ": one side shares an object that the other has twice: " + Show.brief(a) + ", " + Show.brief(b);
        }
        boolean collections = a instanceof Collection<?> && b instanceof Collection<?> && a instanceof Set<?> == b instanceof Set<?> || a instanceof Map<?, ?> && b instanceof Map<?, ?>;
        if (a.getClass() != b.getClass() && (strict || !collections)) return path + ": expected " + Show.brief(a) + " of " + a.getClass().getName() + ", found " + Show.brief(b) + " of " + b.getClass().getName();
        matched.put(a, b);
        backwards.put(b, a);
        if (a.getClass().isArray()) return arrays(a, b, path);
        if (a instanceof Map<?, ?> map) return strict ? inOrder(flat(map), flat((Map<?, ?>) b), path) : maps(map, (Map<?, ?>) b, path);
        if (a instanceof Set<?> set && !strict) return sets(set, (Set<?>) b, path);
        if (a instanceof Collection<?> list) return inOrder(list, (Collection<?>) b, path);
        if (a instanceof Throwable thrown) return throwables(thrown, (Throwable) b, path);
        if (a.getClass().getName().startsWith("com.example.")) return fields(a, b, path);
        return leaf(a).equals(leaf(b)) ? null : path + ": expected " + Show.brief(a) + ", found " + Show.brief(b);
    }

    private String arrays(Object a, Object b, String path) {
        int length = Array.getLength(a);
        if (length != Array.getLength(b)) return path + ": expected " + length + " elements, found " + Array.getLength(b);
        for (int i = 0; i < length; i++) {
            String different = difference(Array.get(a, i), Array.get(b, i), path + "[" + i + "]");
            if (different != null) return different;
        }
        return null;
    }

    private static List<Object> flat(Map<?, ?> map) {
        List<Object> all = new ArrayList<>();
        map.forEach((key, value) -> all.addAll(Arrays.asList(key, value)));
        return all;
    }

    private String inOrder(Collection<?> a, Collection<?> b, String path) {
        if (a.size() != b.size()) return path + ": expected size " + a.size() + ", found " + b.size();
        Iterator<?> others = b.iterator();
        int i = 0;
        for (Object inner : a) {
            String different = difference(inner, others.next(), path + "[" + i++ + "]");
            if (different != null) return different;
        }
        return null;
    }

    private String sets(Set<?> a, Set<?> b, String path) {
        if (a.size() != b.size()) return path + ": expected size " + a.size() + ", found " + b.size();
        for (Object inner : a) if (b.stream().noneMatch(candidate -> loosely(inner, candidate) == null)) return path + ": there is no " + Show.brief(inner);
        return null;
    }

    private String maps(Map<?, ?> a, Map<?, ?> b, String path) {
        if (a.size() != b.size()) return path + ": expected size " + a.size() + ", found " + b.size();
        for (Map.Entry<?, ?> entry : a.entrySet()) {
            Object key = entry.getKey();
            Map.Entry<?, ?> other = b.entrySet().stream().filter(candidate -> loosely(key, candidate.getKey()) == null).findFirst().orElse(null);
            if (other == null) return path + ": there is no key " + Show.brief(key);
            String different = difference(entry.getValue(), other.getValue(), path + "{" + Show.brief(key) + "}");
            if (different != null) return different;
        }
        return null;
    }

    private String throwables(Throwable a, Throwable b, String path) {
        if (!Objects.equals(a.getMessage(), b.getMessage())) return path + ".message: expected " + a.getMessage() + ", found " + b.getMessage();
        String different = difference(a.getCause(), b.getCause(), path + ".cause");
        if (different == null) different = difference(a.getStackTrace(), b.getStackTrace(), path + ".stackTrace");
        if (different == null) different = difference(a.getSuppressed(), b.getSuppressed(), path + ".suppressed");
        if (different == null && a.getClass().getName().startsWith("com.example.")) different = fields(a, b, path);
        return different;
    }

    private String fields(Object a, Object b, String path) {
        for (Class<?> at = a.getClass(); at.getName().startsWith("com.example."); at = at.getSuperclass()) {
            for (Field field : at.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || Modifier.isTransient(field.getModifiers())) continue;
                field.setAccessible(true);
                try {
                    String different = difference(field.get(a), field.get(b), path + "." + field.getName());
                    if (different != null) return different;
                } catch (IllegalAccessException error) {
                    throw new IllegalStateException(error);
                }
            }
        }
        return null;
    }

    /** What an object of Java's own is compared by. */
    private static Object leaf(Object value) {
        if (value instanceof AtomicReference<?> one) return String.valueOf(one.get());
        if (value instanceof AtomicInteger || value instanceof AtomicLong || value instanceof AtomicBoolean || value instanceof LongAdder || value instanceof StringBuilder) return value.toString();
        if (value instanceof Calendar calendar) return calendar.getTimeInMillis();
        if (value instanceof Date date) return date.getTime();
        return value;
    }
}
