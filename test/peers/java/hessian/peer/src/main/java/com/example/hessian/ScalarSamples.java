package com.example.hessian;

import java.util.Date;

/** Nothing, booleans, and numbers and dates at every boundary of their lengths. */
final class ScalarSamples {
    private ScalarSamples() {}

    static void addTo(Samples to) {
        to.add("null", "java.lang.Object", null);
        to.add("true", "boolean", true);
        to.add("false", "java.lang.Boolean", false);
        for (int value : new int[] {0, -1, 47, 48, -16, -17, 2047, 2048, -2048, -2049, 262143, 262144, -262144, -262145, Integer.MAX_VALUE, Integer.MIN_VALUE}) to.add("int " + value, "int", value);
        for (long value : new long[] {0, 15, 16, -8, -9, 2047, 2048, -2048, -2049, 262143, 262144, -262144, -262145, Integer.MAX_VALUE, 1L << 31, Integer.MIN_VALUE, Integer.MIN_VALUE - 1L, 1L << 53, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            to.add("long " + value, "long", value);
        }
        for (double value : new double[] {
            0, -0.0, 1, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 0.5, 0.001, -0.001, 12.25, 2147483.647, 2147483.648, -2147483.648, -2147483.649, 0.1 + 0.2, Math.PI,
            1L << 31, 1L << 53, 1e21, 1e300, Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE, -Double.MAX_VALUE, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            to.add("double " + value, "double", value);
        }
        for (float value : new float[] {0f, -0f, 1f, 1.1f, 0.1f, 1.5f, 16777217f, 3.4e38f, Float.MIN_VALUE, Float.NaN, Float.NEGATIVE_INFINITY}) to.add("float " + value, "float", value);
        to.add("byte 7", "byte", (byte) 7);
        to.add("byte -128", "java.lang.Byte", (byte) -128);
        to.add("short 300", "short", (short) 300);
        to.add("short -32768", "java.lang.Short", (short) -32768);
        to.add("char x", "char", 'x');
        to.add("char zhong", "java.lang.Character", '中');
        to.add("char of a surrogate", "char", '\ud83d');
        long minute = 60_000;
        for (long ms : new long[] {
            0, 1, -1, minute, -minute, 1700000000123L, 1700000040000L, -1700000040001L, Integer.MAX_VALUE * minute, (Integer.MAX_VALUE + 1L) * minute, Integer.MIN_VALUE * minute,
            (Integer.MIN_VALUE - 1L) * minute, 8_640_000_000_000_000L, 8_640_000_000_000_001L, Long.MAX_VALUE, Long.MIN_VALUE}) {
            to.add("date " + ms, "java.util.Date", new Date(ms));
        }
    }
}
