package com.example.types;

public enum Level { LOW, MIDDLE, HIGH }
