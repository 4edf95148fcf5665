package com.example.types;

import java.io.Serializable;
import java.util.Objects;

/** Can be the key of a map. */
public class Key implements Serializable {
    public String name;
    public int number;

    public static Key of(String name, int number) {
        Key key = new Key();
        key.name = name;
        key.number = number;
        return key;
    }

    @Override public boolean equals(Object other) { return other instanceof Key key && Objects.equals(name, key.name) && number == key.number; }
    @Override public int hashCode() { return Objects.hash(name, number); }
}
