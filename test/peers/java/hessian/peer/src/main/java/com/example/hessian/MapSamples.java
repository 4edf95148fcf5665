package com.example.hessian;

import com.example.types.Key;
import com.example.types.Level;
import com.example.types.Operation;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Maps by class and by the class of their keys. */
final class MapSamples {
    private static final String OBJECTS = "java.util.Map<java.lang.String,java.lang.Object>";
    private static final String NUMBERS = "java.util.Map<java.lang.String,java.lang.Integer>";

    private MapSamples() {}

    static void addTo(Samples to) {
        to.add("HashMap empty", OBJECTS, new HashMap<>());
        to.add("HashMap", OBJECTS, map("a", 1, "b", 2.0, "c", null, "d", ListSamples.list(), "e", map("f", 3L)));
        to.add("HashMap with keys of objects", OBJECTS, map("__proto__", 1, "constructor", 2, "toString", 3, "", 4));
        to.add("HashMap with null key", "java.util.Map<java.lang.String,java.lang.String>", map(null, "x", "y", null));
        to.add("HashMap of doubles", "java.util.Map<java.lang.String,java.lang.Double>", map("a", 1.0, "b", 2.5));
        to.add("HashMap of lists", "java.util.Map<java.lang.String,java.util.List<java.lang.Double>>", map("a", ListSamples.list(1.0), "b", ListSamples.list()));
        to.add("HashMap of items", "java.util.Map<java.lang.String,com.example.types.Item>", map("a", BeanSamples.item(1), "b", BeanSamples.item(2)));
        for (Map<String, Integer> empty : List.<Map<String, Integer>>of(new LinkedHashMap<>(), new TreeMap<>(), new ConcurrentHashMap<>(), new ConcurrentSkipListMap<>(), new Hashtable<>())) {
            empty.put("a", 1);
            empty.put("b", 2);
            String name = empty.getClass().getName();
            to.add(empty.getClass().getSimpleName(), name + "<java.lang.String,java.lang.Integer>", empty);
        }
        to.add("TreeMap backwards", "java.util.Map<java.lang.String,java.lang.Integer>", descending());
        to.add("Map.of none", NUMBERS, Map.of());
        to.add("Map.of one", NUMBERS, Map.of("a", 1));
        to.add("emptyMap", NUMBERS, Collections.emptyMap());
        to.add("singletonMap", NUMBERS, Collections.singletonMap("a", 1));
        to.add("unmodifiableMap", NUMBERS, Collections.unmodifiableMap(map("a", 1)));
        to.make("Properties", "java.util.Properties", () -> {
            Properties properties = new Properties();
            properties.setProperty("a", "1");
            return properties;
        });
        to.add("EnumMap", "java.util.Map<com.example.types.Level,java.lang.Integer>", new EnumMap<>(Map.of(Level.LOW, 1, Level.HIGH, 2)));
        keys(to);
    }

    private static void keys(Samples to) {
        key(to, "Integer", "java.lang.Integer", 1, -300000);
        key(to, "Long", "java.lang.Long", 1L, (1L << 53) + 1);
        key(to, "Double", "java.lang.Double", 1.0, 2.5);
        key(to, "Boolean", "java.lang.Boolean", true, false);
        key(to, "Character", "java.lang.Character", 'a', '中');
        key(to, "Date", "java.util.Date", new Date(0), new Date(1700000000123L));
        key(to, "Level", "com.example.types.Level", Level.LOW, Level.HIGH);
        key(to, "Operation", "com.example.types.Operation", Operation.PLUS, Operation.MINUS);
        key(to, "BigDecimal", "java.math.BigDecimal", new BigDecimal("1.50"), BigDecimal.TEN);
        key(to, "UUID", "java.util.UUID", new UUID(1, 2), new UUID(3, 4));
        key(to, "LocalDate", "java.time.LocalDate", LocalDate.of(2024, 2, 29), LocalDate.EPOCH);
        key(to, "Key", "com.example.types.Key", Key.of("a", 1), Key.of("b", 2));
        key(to, "List", "java.util.List<java.lang.Integer>", Arrays.asList(1, 2), Arrays.asList(3));
    }

    private static void key(Samples to, String name, String type, Object first, Object second) {
        Map<Object, Object> map = new LinkedHashMap<>();
        map.put(first, "first");
        map.put(second, "second");
        to.add("keys of " + name, "java.util.Map<" + type + ",java.lang.String>", map);
    }

    private static Map<String, Integer> descending() {
        Map<String, Integer> map = new TreeMap<>(Collections.reverseOrder());
        map.put("a", 1);
        map.put("b", 2);
        return map;
    }

    static Map<Object, Object> map(Object... keysAndValues) {
        Map<Object, Object> map = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) map.put(keysAndValues[i], keysAndValues[i + 1]);
        return map;
    }
}
