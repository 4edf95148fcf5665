package com.example.hessian;

import com.example.types.Base;
import com.example.types.Level;
import com.example.types.Node;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;

/** One object in several places, objects inside themselves, and numbers of types that go beyond the short form. */
final class ReferenceSamples {
    private static final String OBJECTS = "java.util.List<java.lang.Object>";

    private ReferenceSamples() {}

    static void addTo(Samples to) {
        twice(to, "ArrayList", ListSamples.list(1, 2));
        twice(to, "empty ArrayList", ListSamples.list());
        twice(to, "doubles", ListSamples.list(1.0, 2.5));
        twice(to, "double[]", new double[] {1, 2.5});
        twice(to, "LinkedList", new LinkedList<>(List.of(1)));
        twice(to, "HashMap", MapSamples.map("a", 1));
        twice(to, "TreeMap", new TreeMap<>(Map.of("a", 1)));
        twice(to, "int[]", new int[] {1, 2});
        twice(to, "String[]", new String[] {"a"});
        twice(to, "Item", BeanSamples.item(1));
        twice(to, "Level", Level.LOW);
        twice(to, "string", "string");
        twice(to, "byte[]", new byte[] {1, 2});
        twice(to, "char[]", new char[] {'a'});
        twice(to, "date", new Date(0));
        twice(to, "BigDecimal", new BigDecimal("1.5"));
        twice(to, "BigInteger", BigInteger.TWO.pow(64));
        twice(to, "UUID", new UUID(1, 2));
        twice(to, "Locale", Locale.SIMPLIFIED_CHINESE);
        twice(to, "LocalDate", LocalDate.of(2024, 2, 29));
        twice(to, "LocalDateTime", LocalDateTime.of(2024, 2, 29, 1, 2));
        twice(to, "Instant", Instant.ofEpochSecond(1));
        twice(to, "ZonedDateTime", ZonedDateTime.of(LocalDateTime.of(2024, 2, 29, 1, 2), ZoneId.of("Asia/Shanghai")));
        twice(to, "exception", ErrorSamples.traced(new RuntimeException("twice")));
        cycles(to);
        to.make("references behind others", OBJECTS, () -> {
            LocalDate day = LocalDate.of(2024, 2, 29);
            LocalDateTime time = LocalDateTime.of(2024, 2, 29, 1, 2);
            List<Object> shared = ListSamples.list("shared");
            return ListSamples.list(day, new BigDecimal("1.5"), time, Level.LOW, new byte[] {1}, new Date(0), new char[] {'a'}, shared, shared, new int[] {1}, shared);
        });
        to.make("more than 16 types", OBJECTS, () -> {
            List<Object> all = ListSamples.list(new int[1], new long[1], new short[1], new double[1], new float[1], new boolean[1], new String[1], new Object[1], new Date[1]);
            all.addAll(List.of(new Integer[1], new Long[1], new Level[1], new Base[1], new double[1][], new LinkedList<>(), new Vector<>(), new HashSet<>(), new TreeSet<>(), new TreeMap<>(), new LinkedHashMap<>()));
            all.addAll(List.of(new LinkedHashMap<>(), new TreeMap<>(), new TreeSet<>(), new int[2], new Base[2], new double[2][]));
            return all;
        });
        to.make("300 maps of one type", OBJECTS, () -> {
            List<Object> all = new ArrayList<>();
            for (int i = 0; i < 300; i++) all.add(new LinkedHashMap<>(Map.of("i", i)));
            all.add(all.get(299));
            return all;
        });
    }

    private static void twice(Samples to, String name, Object value) {
        to.add("twice: " + name, OBJECTS, ListSamples.list(value, "between", value));
    }

    private static void cycles(Samples to) {
        to.make("cycle: a list in itself", OBJECTS, () -> {
            List<Object> list = ListSamples.list();
            list.add(list);
            return list;
        });
        to.make("cycle: a map in itself", "java.util.Map<java.lang.String,java.lang.Object>", () -> {
            Map<Object, Object> map = MapSamples.map();
            map.put("self", map);
            return map;
        });
        to.make("cycle: an array in itself", "java.lang.Object[]", () -> {
            Object[] array = new Object[2];
            array[0] = array;
            return array;
        });
        to.make("cycle: a bean in itself", "com.example.types.Node", () -> {
            Node node = Node.of("self");
            node.setNext(node);
            return node;
        });
        to.make("cycle: two beans in each other", "com.example.types.Node", () -> {
            Node first = Node.of("first");
            first.setNext(Node.of("second"));
            first.getNext().setNext(first);
            return first;
        });
        to.make("cycle: a tree with parents", "com.example.types.Node", () -> {
            Node root = Node.of("root");
            List<Node> children = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Node child = Node.of("child-" + i);
                child.setParent(root);
                children.add(child);
            }
            root.setChildren(children);
            return root;
        });
        to.make("cycle: two lists in each other", OBJECTS, () -> {
            List<Object> first = ListSamples.list("first");
            List<Object> second = ListSamples.list("second", first);
            first.add(second);
            first.add(second);
            return ListSamples.list(first, second);
        });
        to.make("shared ten times over", OBJECTS, () -> {
            List<Object> inner = ListSamples.list("leaf");
            for (int i = 0; i < 10; i++) inner = ListSamples.list(inner, inner);
            return inner;
        });
    }
}
