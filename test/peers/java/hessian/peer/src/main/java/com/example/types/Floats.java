package com.example.types;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** A primitive float between neighbours, a boxed one, arrays and lists of them. */
public class Floats implements Serializable {
    public float first;
    public float second;
    public double neighbour;
    public short small;
    public char letter;
    public Float boxed;
    public float[] array;
    public List<Double> doubles;

    public static Floats sample() {
        Floats all = new Floats();
        all.first = 1.1f;
        all.second = -2.5f;
        all.neighbour = 1.0;
        all.small = 300;
        all.letter = 'c';
        all.boxed = 1.1f;
        all.array = new float[] {1.1f, 0f, Float.NaN};
        all.doubles = new ArrayList<>(List.of(1.0));
        return all;
    }
}
