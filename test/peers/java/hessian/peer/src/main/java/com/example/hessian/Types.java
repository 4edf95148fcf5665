package com.example.hessian;

import com.example.types.Base;
import com.example.types.Empty;
import com.example.types.Everything;
import com.example.types.Floats;
import com.example.types.Item;
import com.example.types.Key;
import com.example.types.Level;
import com.example.types.Line;
import com.example.types.Node;
import com.example.types.Operation;
import com.example.types.Page;
import com.example.types.Point;
import com.example.types.Primitives;
import com.example.types.Shadow;
import com.example.types.Wide;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Java's types from their source text, and the classes of the samples described for a Service document. */
final class Types {
    private static final Map<String, Class<?>> PRIMITIVES = Map.of(
        "boolean", boolean.class, "byte", byte.class, "short", short.class, "int", int.class, "long", long.class,
        "float", float.class, "double", double.class, "char", char.class);
    private static final List<Class<?>> DESCRIBED = List.of(
        Level.class, Operation.class, Base.class, Item.class, Shadow.class, Empty.class, Key.class, Node.class, Page.class, Primitives.class,
        Floats.class, Everything.class, Wide.class, Point.class, Line.class);

    private Types() {}

    /** The class without type arguments. */
    static Class<?> raw(Type type) {
        return type instanceof ParameterizedType generic ? (Class<?>) generic.getRawType() : (Class<?>) type;
    }

    /** {@code java.util.Map<java.lang.String,double[]>}; spaces do not matter. */
    static Type parse(String text) {
        String trimmed = text.trim();
        if (trimmed.endsWith("[]")) return Array.newInstance(raw(parse(trimmed.substring(0, trimmed.length() - 2))), 0).getClass();
        int open = trimmed.indexOf('<');
        if (open >= 0) return generic((Class<?>) parse(trimmed.substring(0, open)), arguments(trimmed.substring(open + 1, trimmed.length() - 1)));
        Class<?> primitive = PRIMITIVES.get(trimmed);
        if (primitive != null) return primitive;
        try {
            return Class.forName(trimmed);
        } catch (ClassNotFoundException error) {
            throw new IllegalArgumentException("no class " + trimmed, error);
        }
    }

    private static Type[] arguments(String text) {
        List<Type> found = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            char letter = i == text.length() ? ',' : text.charAt(i);
            if (letter == '<') depth++;
            if (letter == '>') depth--;
            if (letter == ',' && depth == 0) {
                found.add(parse(text.substring(start, i)));
                start = i + 1;
            }
        }
        return found.toArray(Type[]::new);
    }

    private static ParameterizedType generic(Class<?> raw, Type[] arguments) {
        return new ParameterizedType() {
            @Override public Type getRawType() { return raw; }
            @Override public Type[] getActualTypeArguments() { return arguments; }
            @Override public Type getOwnerType() { return null; }
        };
    }

    /** {@code {"class":{"fields":{"name":"type"}}}} or {@code {"class":{"enum":["NAME"]}}}, one for every class that samples declare. */
    static String describe() {
        StringBuilder out = new StringBuilder("{");
        for (Class<?> type : DESCRIBED) {
            if (out.length() > 1) out.append(',');
            out.append(Json.quote(type.getName())).append(':').append(type.isEnum() ? constants(type) : fields(type));
        }
        return out.append('}').toString();
    }

    private static String constants(Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) names.add(Json.quote(((Enum<?>) constant).name()));
        return "{\"enum\":[" + String.join(",", names) + "]}";
    }

    private static String fields(Class<?> type) {
        Map<String, String> all = new LinkedHashMap<>();
        for (Class<?> at = type; at != Object.class && at != Record.class; at = at.getSuperclass()) {
            for (Field field : at.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) all.putIfAbsent(field.getName(), field.getGenericType().getTypeName());
            }
        }
        return "{\"fields\":" + Json.object(all.entrySet().stream().flatMap(field -> java.util.stream.Stream.of(field.getKey(), field.getValue())).toArray(String[]::new)) + "}";
    }
}
