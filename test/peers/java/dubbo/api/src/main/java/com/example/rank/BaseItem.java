package com.example.rank;

import java.io.Serializable;

/** An item as requests name it. */
public class BaseItem implements Serializable {
    private static final long serialVersionUID = 1L;
    private long id;
    private String title;
    private Level level;

    public long getId() {
        return id;
    }

    public void setId(long id) {
        this.id = id;
    }

    public String getTitle() {
        return title;
    }

    public void setTitle(String title) {
        this.title = title;
    }

    public Level getLevel() {
        return level;
    }

    public void setLevel(Level level) {
        this.level = level;
    }
}
