package com.example.types;

import java.io.Serializable;

public record Line(Point from, Point to, String name, Double weight) implements Serializable {}
