package com.example.bench;

import java.io.Serializable;

/** One of the 200 beans of a list. The codec sets the fields themselves. */
public final class Item implements Serializable {
    private static final long serialVersionUID = 1L;

    long id;
    String name;
    String category;
    double score;
    double price;
    int rank;
    boolean active;
    Long parent;
}
