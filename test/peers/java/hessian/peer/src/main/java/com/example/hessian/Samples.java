package com.example.hessian;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** All samples, in groups of one file each. Nothing in them is random or depends on the place, so that recorded bytes stay the same. */
final class Samples {
    private final List<Sample> samples = new ArrayList<>();

    private Samples() {}

    static List<Sample> all() {
        Samples all = new Samples();
        ScalarSamples.addTo(all);
        TextSamples.addTo(all);
        ListSamples.addTo(all);
        MapSamples.addTo(all);
        BeanSamples.addTo(all);
        ReferenceSamples.addTo(all);
        ValueSamples.addTo(all);
        TimeSamples.addTo(all);
        ErrorSamples.addTo(all);
        return all.samples;
    }

    void add(String name, String type, Object value) {
        samples.add(new Sample(name, type, () -> value));
    }

    /** For values that are made by several statements. */
    void make(String name, String type, Supplier<Object> value) {
        samples.add(new Sample(name, type, value));
    }
}
