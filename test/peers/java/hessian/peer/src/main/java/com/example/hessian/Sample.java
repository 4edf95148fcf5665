package com.example.hessian;

import java.util.function.Supplier;

/** A value with the type that an interface would declare for it, in Java's source text. */
record Sample(String name, String type, Supplier<Object> value) {}
