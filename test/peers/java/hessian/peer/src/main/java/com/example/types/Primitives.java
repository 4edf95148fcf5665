package com.example.types;

import java.io.Serializable;

/** Every primitive but float, and every box. */
public class Primitives implements Serializable {
    public boolean flag;
    public byte tiny;
    public short small;
    public int number;
    public long large;
    public double real;
    public char letter;
    public Boolean boxedFlag;
    public Byte boxedTiny;
    public Short boxedSmall;
    public Integer boxedNumber;
    public Long boxedLarge;
    public Double boxedReal;
    public Character boxedLetter;
    public String text;
    public transient int notSent = 7;
    public static int notThere = 7;

    public static Primitives sample() {
        Primitives all = new Primitives();
        all.flag = true;
        all.tiny = -128;
        all.small = -32768;
        all.number = Integer.MIN_VALUE;
        all.large = Long.MIN_VALUE;
        all.real = 0.1 + 0.2;
        all.letter = '中';
        all.boxedFlag = false;
        all.boxedTiny = 127;
        all.boxedSmall = 32767;
        all.boxedNumber = 48;
        all.boxedLarge = (1L << 53) + 1;
        all.boxedReal = 1.0;
        all.boxedLetter = 'x';
        all.text = "text";
        return all;
    }
}
