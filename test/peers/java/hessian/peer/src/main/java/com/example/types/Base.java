package com.example.types;

import java.io.Serializable;

public class Base implements Serializable {
    private int id;
    private String title;
    private Level level;

    public int getId() { return id; }
    public void setId(int id) { this.id = id; }
    public String getTitle() { return title; }
    public void setTitle(String title) { this.title = title; }
    public Level getLevel() { return level; }
    public void setLevel(Level level) { this.level = level; }
}
