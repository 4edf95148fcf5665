package com.example.types;

import java.io.Serializable;
import java.util.List;

/** A generic class. */
public class Page<T> implements Serializable {
    private List<T> rows;
    private T first;
    private int total;

    public List<T> getRows() { return rows; }
    public void setRows(List<T> rows) { this.rows = rows; }
    public T getFirst() { return first; }
    public void setFirst(T first) { this.first = first; }
    public int getTotal() { return total; }
    public void setTotal(int total) { this.total = total; }
}
