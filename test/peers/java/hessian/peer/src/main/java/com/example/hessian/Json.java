package com.example.hessian;

/** The answers of the peer are JSON in ASCII. */
final class Json {
    private Json() {}

    static String quote(String text) {
        if (text == null) return "null";
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == '"' || unit == '\\') out.append('\\').append(unit);
            else if (unit >= ' ' && unit < 0x7f) out.append(unit);
            else out.append(String.format("\\u%04x", (int) unit));
        }
        return out.append('"').toString();
    }

    /** {@code {"name":text,…}} of names and texts in turn; a name without text (null) is left out. */
    static String object(String... namesAndTexts) {
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            if (namesAndTexts[i + 1] == null) continue;
            if (out.length() > 1) out.append(',');
            out.append(quote(namesAndTexts[i])).append(':').append(quote(namesAndTexts[i + 1]));
        }
        return out.append('}').toString();
    }
}
