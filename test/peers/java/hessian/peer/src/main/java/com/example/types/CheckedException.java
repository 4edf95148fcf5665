package com.example.types;

/** A checked exception without fields. */
public class CheckedException extends Exception {
    public CheckedException(String message) { super(message); }
}
