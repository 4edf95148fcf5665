package com.example.types;

/** Constants with bodies: each is an instance of a class of its own. */
public enum Operation {
    PLUS { @Override public int apply(int a, int b) { return a + b; } },
    MINUS { @Override public int apply(int a, int b) { return a - b; } };

    public abstract int apply(int a, int b);
}
