package com.example.rank;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** A scored item. It has no float field: hessian-lite 4.0.x (Dubbo 3.3) writes eight bytes into one and so damages its neighbour. */
public class ItemScore extends BaseItem {
    private static final long serialVersionUID = 1L;
    private double score;
    private Double boxedScore;
    private Integer position;
    private boolean fresh;
    private List<Double> parts;
    private Map<String, Double> detail;
    private Set<String> tags;

    public double getScore() {
        return score;
    }

    public void setScore(double score) {
        this.score = score;
    }

    public Double getBoxedScore() {
        return boxedScore;
    }

    public void setBoxedScore(Double boxedScore) {
        this.boxedScore = boxedScore;
    }

    public Integer getPosition() {
        return position;
    }

    public void setPosition(Integer position) {
        this.position = position;
    }

    public boolean isFresh() {
        return fresh;
    }

    public void setFresh(boolean fresh) {
        this.fresh = fresh;
    }

    public List<Double> getParts() {
        return parts;
    }

    public void setParts(List<Double> parts) {
        this.parts = parts;
    }

    public Map<String, Double> getDetail() {
        return detail;
    }

    public void setDetail(Map<String, Double> detail) {
        this.detail = detail;
    }

    public Set<String> getTags() {
        return tags;
    }

    public void setTags(Set<String> tags) {
        this.tags = tags;
    }
}
