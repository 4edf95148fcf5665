package com.example.peers;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small reader of JSON: numbers become Integer, Long, BigInteger (integers) or Double, whichever is the smallest that loses nothing. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at != text.length()) throw json.wrong("the end");
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> parseObject(String text) {
        return (Map<String, Object>) parse(text);
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("JSON: " + expected + " expected at " + at + " of " + text);
    }

    private void space() {
        while (at < text.length() && text.charAt(at) <= ' ') at++;
    }

    private boolean skip(char c) {
        space();
        if (at >= text.length() || text.charAt(at) != c) return false;
        at++;
        return true;
    }

    private Object value() {
        space();
        if (at >= text.length()) throw wrong("a value");
        char c = text.charAt(at);
        if (c == '{') return object();
        if (c == '[') return array();
        if (c == '"') return string();
        if (word("null")) return null;
        if (word("true")) return true;
        if (word("false")) return false;
        return number();
    }

    private boolean word(String word) {
        if (!text.startsWith(word, at)) return false;
        at += word.length();
        return true;
    }

    private Map<String, Object> object() {
        Map<String, Object> map = new LinkedHashMap<>();
        skip('{');
        if (skip('}')) return map;
        do {
            space();
            String key = string();
            if (!skip(':')) throw wrong("a colon");
            map.put(key, value());
        } while (skip(','));
        if (!skip('}')) throw wrong("}");
        return map;
    }

    private List<Object> array() {
        List<Object> list = new ArrayList<>();
        skip('[');
        if (skip(']')) return list;
        do list.add(value()); while (skip(','));
        if (!skip(']')) throw wrong("]");
        return list;
    }

    private String string() {
        if (at >= text.length() || text.charAt(at) != '"') throw wrong("a string");
        StringBuilder out = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            char c = text.charAt(at);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(++at);
            if (escape == 'u') {
                out.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                at += 4;
            } else {
                int known = "bfnrt".indexOf(escape);
                out.append(known < 0 ? escape : "\b\f\n\r\t".charAt(known));
            }
        }
        at++;
        return out.toString();
    }

    private Object number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        String literal = text.substring(start, at);
        if (literal.isEmpty()) throw wrong("a value");
        if (literal.matches(".*[.eE].*")) return new BigDecimal(literal).doubleValue();
        BigInteger integer = new BigInteger(literal);
        if (integer.bitLength() < 32) return integer.intValue();
        return integer.bitLength() < 64 ? (Object) integer.longValue() : integer;
    }

    /** Quotes in pure ASCII, so that no console encoding can spoil it. */
    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < 32 || c > 126) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        return out.append('"').toString();
    }
}
