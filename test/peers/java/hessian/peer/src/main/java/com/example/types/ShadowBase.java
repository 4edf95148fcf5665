package com.example.types;

import java.io.Serializable;

public class ShadowBase implements Serializable {
    public int a;
    public String only;
}
