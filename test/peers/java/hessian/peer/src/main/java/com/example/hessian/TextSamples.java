package com.example.hessian;

import java.util.Arrays;

/** Strings and byte arrays around every length at which their form changes. */
final class TextSamples {
    private static final String EMOJI = "😀";

    private TextSamples() {}

    static void addTo(Samples to) {
        for (int length : new int[] {0, 1, 31, 32, 1023, 1024, 0x7fff, 0x8000, 0x8001, 0xffff, 0x10000, 0x18001}) to.add("ascii " + length, "java.lang.String", "a".repeat(length));
        for (int length : new int[] {1, 31, 32, 1023, 1024, 0x8000, 0x8001}) to.add("chinese " + length, "java.lang.String", "中".repeat(length));
        for (int length : new int[] {1, 15, 16, 511, 512, 0x4000, 0x4001}) to.add("emoji " + length, "java.lang.String", EMOJI.repeat(length));
        text(to, "two bytes each", "éß×Ωя\u0080\u07ff");
        text(to, "three bytes each", "\u0800中\ud7ff\ue000\uffff");
        text(to, "of all lengths", "a" + EMOJI + "é中" + EMOJI + "z");
        text(to, "surrogates at the edge of a chunk", "a".repeat(0x7fff) + EMOJI + "b");
        text(to, "surrogates before the edge of a chunk", "a".repeat(0x7ffe) + EMOJI + "b");
        text(to, "surrogates at the edge of the second chunk", "a".repeat(0x7fff) + EMOJI + "b".repeat(0x7ffe) + EMOJI);
        text(to, "a lone high surrogate", "\ud83d");
        text(to, "a lone low surrogate", "\ude00");
        text(to, "a lone high surrogate at the edge of a chunk", "a".repeat(0x7fff) + "\ud83d" + "b");
        text(to, "surrogates the wrong way round", "x\ude00\ud83dy");
        text(to, "NUL", "\0");
        text(to, "controls", "\0\u0001\b\t\n\f\r\u001f\u007f");
        text(to, "quotes", "\"\\/'<>&\u2028\u2029\ufeff");
        text(to, "__proto__", "__proto__");
        for (int length : new int[] {0, 1, 15, 16, 1023, 1024, 4092, 4093, 4094, 8185, 8189, 8190, 65535, 65536, 200000}) to.add("bytes " + length, "byte[]", bytes(length));
        to.add("bytes behind a string", "java.util.List<java.lang.Object>", Arrays.asList("a".repeat(5000), bytes(70000), "b", bytes(3)));
        to.add("chars", "char[]", "chars 中".toCharArray());
        to.add("no chars", "char[]", new char[0]);
        to.add("many chars", "char[]", "a".repeat(0x8001).toCharArray());
    }

    private static void text(Samples to, String name, String text) {
        to.add("text: " + name, "java.lang.String", text);
    }

    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) (i * 7);
        return bytes;
    }
}
