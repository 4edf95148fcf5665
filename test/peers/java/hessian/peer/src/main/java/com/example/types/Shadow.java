package com.example.types;

/** Has a field of the name of one of its superclass: both travel. */
public class Shadow extends ShadowBase {
    public int a;
    public String own;
}
