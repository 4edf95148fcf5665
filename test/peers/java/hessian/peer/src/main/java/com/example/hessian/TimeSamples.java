package com.example.hessian;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.chrono.JapaneseDate;
import java.time.chrono.MinguoDate;
import java.time.chrono.ThaiBuddhistDate;

/** Every class of java.time. The name of a sample is its class and its text. */
final class TimeSamples {
    private static final LocalDate LEAP = LocalDate.of(2024, 2, 29);
    private static final LocalTime LATE = LocalTime.of(23, 59, 58, 123456789);
    private static final ZoneOffset INDIA = ZoneOffset.ofHoursMinutes(5, 30);
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    private TimeSamples() {}

    static void addTo(Samples to) {
        add(to, LocalDate.class, LEAP, LocalDate.EPOCH, LocalDate.of(1, 1, 1), LocalDate.of(0, 1, 1), LocalDate.of(-5, 12, 31), LocalDate.of(12345, 1, 1), LocalDate.MIN, LocalDate.MAX);
        add(to, LocalTime.class, LATE, LocalTime.MIDNIGHT, LocalTime.NOON, LocalTime.of(1, 2), LocalTime.of(1, 2, 3), LocalTime.of(1, 2, 3, 120_000_000), LocalTime.of(1, 2, 0, 1), LocalTime.MAX);
        add(to, LocalDateTime.class, LEAP.atTime(LATE), LEAP.atStartOfDay(), LEAP.atTime(1, 2, 3), LocalDateTime.MIN, LocalDateTime.MAX);
        add(to, Instant.class, Instant.EPOCH, Instant.ofEpochMilli(1700000000123L), Instant.ofEpochSecond(1700000000, 123456789), Instant.ofEpochSecond(-1, 999999999), Instant.MIN, Instant.MAX);
        add(to, Duration.class, Duration.ZERO, Duration.ofSeconds(3661), Duration.ofSeconds(-1, 1), Duration.ofMillis(-1500), Duration.ofDays(400), Duration.ofNanos(1), Duration.ofSeconds(Long.MAX_VALUE, 999999999));
        add(to, Period.class, Period.ZERO, Period.of(1, -2, 3), Period.ofMonths(14), Period.ofDays(-400));
        add(to, Year.class, Year.of(2024), Year.of(-1), Year.of(123456));
        add(to, YearMonth.class, YearMonth.of(2024, 2), YearMonth.of(-1, 12), YearMonth.of(123456, 1));
        add(to, MonthDay.class, MonthDay.of(2, 29), MonthDay.of(12, 1));
        add(to, ZoneOffset.class, ZoneOffset.UTC, INDIA, ZoneOffset.ofHours(-18), ZoneOffset.ofHoursMinutesSeconds(-1, -2, -3));
        add(to, OffsetTime.class, LATE.atOffset(INDIA), LocalTime.NOON.atOffset(ZoneOffset.UTC));
        add(to, OffsetDateTime.class, LEAP.atTime(LATE).atOffset(INDIA), LEAP.atStartOfDay().atOffset(ZoneOffset.UTC), OffsetDateTime.MIN);
        add(to, ZonedDateTime.class, LEAP.atTime(LATE).atZone(BERLIN), LEAP.atTime(1, 2).atZone(INDIA), LEAP.atTime(1, 2).atZone(ZoneOffset.UTC), LEAP.atTime(1, 2).atZone(ZoneId.of("UTC")));
        LocalDateTime twice = LocalDateTime.of(2024, 10, 27, 2, 30);
        add(to, ZonedDateTime.class, ZonedDateTime.ofLocal(twice, BERLIN, ZoneOffset.ofHours(2)), ZonedDateTime.ofLocal(twice, BERLIN, ZoneOffset.ofHours(1)));
        to.add("ZoneId Europe/Berlin", "java.time.ZoneId", BERLIN);
        to.add("ZoneId +05:30", "java.time.ZoneId", INDIA);
        to.add("DayOfWeek", "java.time.DayOfWeek", DayOfWeek.FRIDAY);
        to.add("Month", "java.time.Month", Month.FEBRUARY);
        to.add("JapaneseDate", "java.time.chrono.JapaneseDate", JapaneseDate.from(LEAP));
        to.add("MinguoDate", "java.time.chrono.MinguoDate", MinguoDate.from(LEAP));
        to.add("ThaiBuddhistDate", "java.time.chrono.ThaiBuddhistDate", ThaiBuddhistDate.from(LEAP));
        to.add("list of times", "java.util.List<java.lang.Object>", ListSamples.list(LEAP, LATE, LEAP.atTime(LATE), Instant.EPOCH, LEAP.atTime(LATE).atZone(BERLIN)));
    }

    private static void add(Samples to, Class<?> type, Object... values) {
        for (Object value : values) to.add(type.getSimpleName() + " " + value, type.getName(), value);
    }
}
