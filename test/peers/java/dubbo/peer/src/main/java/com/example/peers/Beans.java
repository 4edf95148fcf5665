package com.example.peers;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;

/** Which classes are beans, and their fields, those of the superclass first. */
final class Beans {
    private Beans() {}

    static boolean isBean(Class<?> type) {
        return type.getName().startsWith("com.example.rank.") && !type.isEnum() && !Enum.class.isAssignableFrom(type) && !Throwable.class.isAssignableFrom(type);
    }

    static List<Field> fields(Class<?> type) {
        List<Field> all = new ArrayList<>();
        if (type.getSuperclass() != null && type.getSuperclass() != Object.class) all.addAll(fields(type.getSuperclass()));
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) continue;
            field.setAccessible(true);
            all.add(field);
        }
        return all;
    }

    static Object get(Field field, Object bean) {
        try {
            return field.get(bean);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
