package com.example.rank;

import java.io.Serializable;

/** A float between two doubles: hessian-lite 4.0.x (Dubbo 3.3) writes eight bytes into the float and so damages what stands beside it. */
public class FloatItem implements Serializable {
    private static final long serialVersionUID = 1L;
    private double before;
    private float weight;
    private double after;

    public double getBefore() {
        return before;
    }

    public void setBefore(double before) {
        this.before = before;
    }

    public float getWeight() {
        return weight;
    }

    public void setWeight(float weight) {
        this.weight = weight;
    }

    public double getAfter() {
        return after;
    }

    public void setAfter(double after) {
        this.after = after;
    }
}
