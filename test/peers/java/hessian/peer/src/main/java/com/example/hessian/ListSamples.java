package com.example.hessian;

import com.example.types.Base;
import com.example.types.Item;
import com.example.types.Level;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.Stack;
import java.util.TreeSet;
import java.util.Vector;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Arrays, lists and sets. */
final class ListSamples {
    private static final String OBJECTS = "java.util.List<java.lang.Object>";
    private static final String STRINGS = "java.util.List<java.lang.String>";

    private ListSamples() {}

    static void addTo(Samples to) {
        arrays(to);
        arraysOfArrays(to);
        lists(to);
        otherCollections(to);
        sets(to);
    }

    private static void arrays(Samples to) {
        to.add("int[]", "int[]", new int[] {1, -1, 300000});
        to.add("int[] empty", "int[]", new int[0]);
        to.add("int[7]", "int[]", new int[7]);
        to.add("int[8]", "int[]", new int[8]);
        to.add("long[]", "long[]", new long[] {1, (1L << 53) + 1, Long.MIN_VALUE});
        to.add("short[]", "short[]", new short[] {1, -32768});
        to.add("float[]", "float[]", new float[] {1.1f, 0f, -0f, Float.NaN, 3.4e38f});
        to.add("double[]", "double[]", new double[] {0, 1, 0.25, -3.14159, 1e300, Double.NaN, Double.NEGATIVE_INFINITY, -0.0, 12.25, 200, 40000});
        to.add("double[] empty", "double[]", new double[0]);
        to.add("double[300]", "double[]", IntStream.range(0, 300).mapToDouble(i -> i * 0.37).toArray());
        to.add("boolean[]", "boolean[]", new boolean[] {true, false});
        to.add("String[]", "java.lang.String[]", new String[] {"a", null, "", "中😀"});
        to.add("String[] empty", "java.lang.String[]", new String[0]);
        to.add("Object[]", "java.lang.Object[]", new Object[] {1, 2L, 3.0, "four", true, null, new Date(0), new int[] {5}});
        to.add("Object[] empty", "java.lang.Object[]", new Object[0]);
        to.add("Date[]", "java.util.Date[]", new Date[] {new Date(0), null, new Date(1700000000123L)});
        to.add("Integer[]", "java.lang.Integer[]", new Integer[] {1, null, 300000});
        to.add("Integer[] empty", "java.lang.Integer[]", new Integer[0]);
        to.add("Long[]", "java.lang.Long[]", new Long[] {1L, null});
        to.add("Double[]", "java.lang.Double[]", new Double[] {1.0, null, 2.5});
        to.add("Float[]", "java.lang.Float[]", new Float[] {1.1f, null});
        to.add("Boolean[]", "java.lang.Boolean[]", new Boolean[] {true, null});
        to.add("BigDecimal[]", "java.math.BigDecimal[]", new BigDecimal[] {new BigDecimal("1.50"), null});
        to.add("Level[]", "com.example.types.Level[]", new Level[] {Level.LOW, null, Level.HIGH, Level.LOW});
        to.add("Item[]", "com.example.types.Item[]", new Item[] {BeanSamples.item(1), null, BeanSamples.item(2)});
        to.add("Item[] empty", "com.example.types.Item[]", new Item[0]);
        to.add("Base[] of Item", "com.example.types.Base[]", new Base[] {BeanSamples.base(1), BeanSamples.item(2)});
    }

    private static void arraysOfArrays(Samples to) {
        to.add("double[][]", "double[][]", new double[][] {{1, 2.5}, {}, null, {3}});
        to.add("double[][] empty", "double[][]", new double[0][]);
        to.add("int[][][]", "int[][][]", new int[][][] {{{1}, {2, 3}}, {}});
        to.add("byte[][]", "byte[][]", new byte[][] {{1, 2}, {}, null});
        to.add("String[][]", "java.lang.String[][]", new String[][] {{"a"}, {"b", "c"}});
        to.add("Object[][]", "java.lang.Object[][]", new Object[][] {{1, "a"}, {2.0}});
        to.add("List[]", "java.util.List[]", new List<?>[] {list(1), list("a", "b")});
        to.add("list of double[]", "java.util.List<double[]>", list(new double[] {1, 2}, new double[] {3}));
        to.add("list of byte[]", "java.util.List<byte[]>", list(new byte[] {1}, new byte[0]));
    }

    private static void lists(Samples to) {
        to.add("ArrayList empty", OBJECTS, list());
        to.add("ArrayList of doubles", "java.util.List<java.lang.Double>", list(1.0, 2.5, 0.0, -0.0, Double.NaN, 1e300));
        to.add("ArrayList of one double", "java.util.List<java.lang.Double>", list(0.9));
        to.add("ArrayList of 7", "java.util.List<java.lang.Integer>", list(1, 2, 3, 4, 5, 6, 7));
        to.add("ArrayList of 8", "java.util.ArrayList<java.lang.Integer>", list(1, 2, 3, 4, 5, 6, 7, 8));
        to.add("ArrayList of 300", STRINGS, IntStream.range(0, 300).mapToObj(i -> "s" + i).collect(Collectors.toCollection(ArrayList::new)));
        to.add("ArrayList of longs", "java.util.List<java.lang.Long>", list(1L, (1L << 53) + 1, null));
        to.add("ArrayList of floats", "java.util.List<java.lang.Float>", list(1.1f, 1.5f));
        to.add("ArrayList of shorts", "java.util.List<java.lang.Short>", list((short) 1));
        to.add("ArrayList of dates", "java.util.List<java.util.Date>", list(new Date(0), new Date(1700000000123L)));
        to.add("ArrayList of levels", "java.util.List<com.example.types.Level>", list(Level.LOW, Level.HIGH, Level.LOW));
        to.add("ArrayList of items", "java.util.List<com.example.types.Item>", list(BeanSamples.item(1), BeanSamples.item(2)));
        to.add("ArrayList of anything", OBJECTS, list(1, 2L, 3.0, 1.5f, "four", true, null, 'c', (byte) 1, new byte[] {1}, list(), new Date(0)));
        to.add("lists in lists", "java.util.List<java.util.List<java.lang.Double>>", list(list(1.0, 2.0), list(), list(3.5)));
        to.make("lists 100 deep", OBJECTS, () -> {
            List<Object> inner = list("bottom");
            for (int i = 1; i < 100; i++) inner = list(inner);
            return inner;
        });
    }

    private static void otherCollections(Samples to) {
        to.add("LinkedList", "java.util.LinkedList<java.lang.Integer>", new LinkedList<>(list(1, 2, 3)));
        to.add("LinkedList empty", "java.util.List<java.lang.Integer>", new LinkedList<>());
        to.add("Arrays.asList", STRINGS, Arrays.asList("a", null, "b"));
        to.add("List.of none", STRINGS, List.of());
        to.add("List.of one", STRINGS, List.of("a"));
        to.add("List.of two", STRINGS, List.of("a", "b"));
        to.add("List.of three", STRINGS, List.of("a", "b", "c"));
        to.add("subList", STRINGS, new ArrayList<>(List.of("a", "b", "c", "d")).subList(1, 3));
        to.add("subList of List.of", STRINGS, List.of("a", "b", "c", "d").subList(1, 3));
        to.add("emptyList", STRINGS, Collections.emptyList());
        to.add("singletonList", STRINGS, Collections.singletonList("a"));
        to.add("nCopies", STRINGS, Collections.nCopies(3, "a"));
        to.add("unmodifiableList", STRINGS, Collections.unmodifiableList(list("a", "b")));
        to.add("synchronizedList", STRINGS, Collections.synchronizedList(list("a", "b")));
        to.add("unmodifiableCollection", "java.util.Collection<java.lang.String>", Collections.unmodifiableCollection(list("a", "b")));
        to.add("Vector", "java.util.Vector<java.lang.Integer>", new Vector<>(list(1, 2)));
        to.make("Stack", "java.util.List<java.lang.Integer>", () -> {
            Stack<Integer> stack = new Stack<>();
            stack.addAll(List.of(1, 2));
            return stack;
        });
        collection(to, "ArrayDeque", "java.util.ArrayDeque<java.lang.Integer>", new ArrayDeque<>());
        collection(to, "PriorityQueue", "java.util.PriorityQueue<java.lang.Integer>", new PriorityQueue<>());
        collection(to, "CopyOnWriteArrayList", "java.util.concurrent.CopyOnWriteArrayList<java.lang.Integer>", new CopyOnWriteArrayList<>());
        collection(to, "LinkedBlockingQueue", "java.util.concurrent.LinkedBlockingQueue<java.lang.Integer>", new LinkedBlockingQueue<>());
    }

    private static void sets(Samples to) {
        collection(to, "HashSet", "java.util.Set<java.lang.Integer>", new HashSet<>());
        collection(to, "LinkedHashSet", "java.util.LinkedHashSet<java.lang.Integer>", new LinkedHashSet<>());
        collection(to, "TreeSet", "java.util.TreeSet<java.lang.Integer>", new TreeSet<>());
        to.add("HashSet of longs", "java.util.Set<java.lang.Long>", new HashSet<>(List.of(1L, (1L << 53) + 1)));
        to.add("HashSet empty", "java.util.Set<java.lang.Integer>", new HashSet<>());
        to.add("Set.of none", "java.util.Set<java.lang.String>", Set.of());
        to.add("Set.of one", "java.util.Set<java.lang.String>", Set.of("a"));
        to.add("emptySet", "java.util.Set<java.lang.String>", Collections.emptySet());
        to.add("singleton", "java.util.Set<java.lang.String>", Collections.singleton("a"));
        to.add("unmodifiableSet", "java.util.Set<java.lang.String>", Collections.unmodifiableSet(new LinkedHashSet<>(List.of("a", "b"))));
        to.add("EnumSet", "java.util.Set<com.example.types.Level>", EnumSet.of(Level.LOW, Level.HIGH));
        to.add("EnumSet empty", "java.util.Set<com.example.types.Level>", EnumSet.noneOf(Level.class));
    }

    private static void collection(Samples to, String name, String type, Collection<Integer> empty) {
        empty.addAll(List.of(1, 2, 3));
        to.add(name, type, empty);
    }

    /** An ArrayList, which is what most code answers with. */
    static List<Object> list(Object... items) {
        return new ArrayList<>(Arrays.asList(items));
    }
}
