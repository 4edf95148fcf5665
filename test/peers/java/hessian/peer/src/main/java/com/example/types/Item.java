package com.example.types;

import java.util.List;
import java.util.Map;

/** Inherits fields, and has generic ones. */
public class Item extends Base {
    private double score;
    private List<Double> parts;
    private Map<String, Double> detail;

    public double getScore() { return score; }
    public void setScore(double score) { this.score = score; }
    public List<Double> getParts() { return parts; }
    public void setParts(List<Double> parts) { this.parts = parts; }
    public Map<String, Double> getDetail() { return detail; }
    public void setDetail(Map<String, Double> detail) { this.detail = detail; }
}
