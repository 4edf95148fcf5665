package com.example.rank;

import java.io.Serializable;
import java.util.List;

/** Beans with a float inside a list of a bean. */
public class FloatBasket implements Serializable {
    private static final long serialVersionUID = 1L;
    private FloatItem first;
    private List<FloatItem> items;

    public FloatItem getFirst() {
        return first;
    }

    public void setFirst(FloatItem first) {
        this.first = first;
    }

    public List<FloatItem> getItems() {
        return items;
    }

    public void setItems(List<FloatItem> items) {
        this.items = items;
    }
}
