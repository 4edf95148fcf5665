package com.example.hessian;

import com.example.types.Item;
import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.BitSet;
import java.util.Currency;
import java.util.GregorianCalendar;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Classes of Java itself that are one value each. */
final class ValueSamples {
    private ValueSamples() {}

    static void addTo(Samples to) {
        for (String text : new String[] {"0", "0.00", "1", "123.450", "-123456789.987654321", "1E+10", "1E-10", "-0.1", "1234567890123456789012345678901234567890.5", "1E-2147483647", "1E+2147483647"}) {
            to.add("BigDecimal " + text, "java.math.BigDecimal", new BigDecimal(text));
        }
        integer(to, "0", BigInteger.ZERO);
        integer(to, "1", BigInteger.ONE);
        integer(to, "-1", BigInteger.ONE.negate());
        integer(to, "2^31", BigInteger.TWO.pow(31));
        integer(to, "2^32", BigInteger.TWO.pow(32));
        integer(to, "-2^63", BigInteger.TWO.pow(63).negate());
        integer(to, "2^63", BigInteger.TWO.pow(63));
        integer(to, "2^64", BigInteger.TWO.pow(64));
        integer(to, "-2^64", BigInteger.TWO.pow(64).negate());
        integer(to, "2^4096", BigInteger.TWO.pow(4096));
        integer(to, "-10^1000", BigInteger.TEN.pow(1000).negate());
        to.add("UUID", "java.util.UUID", new UUID(0x1234567890abcdefL, 0xfedcba0987654321L));
        to.add("UUID of zeros", "java.util.UUID", new UUID(0, 0));
        to.add("Locale zh_CN", "java.util.Locale", Locale.SIMPLIFIED_CHINESE);
        to.add("Locale en", "java.util.Locale", Locale.ENGLISH);
        to.add("Locale root", "java.util.Locale", Locale.ROOT);
        to.add("Locale with script", "java.util.Locale", Locale.forLanguageTag("zh-Hans-CN"));
        to.add("Locale with variant", "java.util.Locale", new Locale("de", "DE", "POSIX"));
        to.add("Currency", "java.util.Currency", Currency.getInstance("CNY"));
        to.add("Class String", "java.lang.Class", String.class);
        to.add("Class Item", "java.lang.Class", Item.class);
        to.add("Class int", "java.lang.Class", int.class);
        to.add("Class double[]", "java.lang.Class", double[].class);
        to.make("Calendar", "java.util.Calendar", () -> {
            GregorianCalendar calendar = new GregorianCalendar(TimeZone.getTimeZone("UTC"), Locale.ROOT);
            calendar.setTimeInMillis(1700000000123L);
            return calendar;
        });
        to.add("TimeZone", "java.util.TimeZone", TimeZone.getTimeZone("Asia/Shanghai"));
        to.add("AtomicInteger", "java.util.concurrent.atomic.AtomicInteger", new AtomicInteger(-5));
        to.add("AtomicLong", "java.util.concurrent.atomic.AtomicLong", new AtomicLong((1L << 53) + 1));
        to.add("AtomicBoolean", "java.util.concurrent.atomic.AtomicBoolean", new AtomicBoolean(true));
        to.add("AtomicReference", "java.util.concurrent.atomic.AtomicReference", new AtomicReference<>("inner"));
        to.make("LongAdder", "java.util.concurrent.atomic.LongAdder", () -> {
            LongAdder adder = new LongAdder();
            adder.add(7);
            return adder;
        });
        to.add("BitSet", "java.util.BitSet", BitSet.valueOf(new long[] {5, 1}));
        to.add("BitSet empty", "java.util.BitSet", new BitSet());
        to.add("java.sql.Date", "java.sql.Date", new java.sql.Date(1700000000123L));
        to.add("java.sql.Time", "java.sql.Time", new java.sql.Time(1700000000123L));
        to.make("java.sql.Timestamp", "java.sql.Timestamp", () -> {
            java.sql.Timestamp timestamp = new java.sql.Timestamp(1700000000123L);
            timestamp.setNanos(123456789);
            return timestamp;
        });
        to.add("java.sql.Timestamp before 1970", "java.sql.Timestamp", new java.sql.Timestamp(-1));
        to.add("URI", "java.net.URI", URI.create("http://example.com/a?b=c"));
        to.add("File", "java.io.File", new File("/data/models/rank.bin"));
        to.make("InetAddress", "java.net.InetAddress", () -> address());
        to.make("InetSocketAddress", "java.net.InetSocketAddress", () -> new InetSocketAddress(address(), 20880));
        to.add("StringBuilder", "java.lang.StringBuilder", new StringBuilder("text"));
        to.add("Optional", "java.util.Optional<java.lang.String>", Optional.of("a"));
    }

    private static void integer(Samples to, String name, BigInteger value) {
        to.add("BigInteger " + name, "java.math.BigInteger", value);
    }

    private static InetAddress address() {
        try {
            return InetAddress.getByAddress("example.com", new byte[] {10, 0, 0, 1});
        } catch (java.net.UnknownHostException error) {
            throw new IllegalStateException(error);
        }
    }
}
