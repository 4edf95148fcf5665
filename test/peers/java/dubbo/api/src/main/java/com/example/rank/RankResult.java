package com.example.rank;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The answer: one value of every kind that such beans hold in practice. */
public class RankResult implements Serializable {
    private static final long serialVersionUID = 1L;
    private String model;
    private long requestId;
    private String scene;
    private List<ItemScore> items;
    private ItemScore best;
    private double[] scores;
    private float[] embedding;
    private double[][] matrix;
    private List<Double> probabilities;
    private Map<String, Object> extra;
    private Map<Long, ItemScore> byId;
    private Date at;
    private LocalDateTime local;
    private BigDecimal cost;
    private BigDecimal total;
    private Level level;
    private List<Level> levels;
    private Set<Long> ids;
    private byte[] blob;
    private Integer code;
    private RankResult previous;

    public String getModel() {
        return model;
    }

    public void setModel(String model) {
        this.model = model;
    }

    public long getRequestId() {
        return requestId;
    }

    public void setRequestId(long requestId) {
        this.requestId = requestId;
    }

    public String getScene() {
        return scene;
    }

    public void setScene(String scene) {
        this.scene = scene;
    }

    public List<ItemScore> getItems() {
        return items;
    }

    public void setItems(List<ItemScore> items) {
        this.items = items;
    }

    public ItemScore getBest() {
        return best;
    }

    public void setBest(ItemScore best) {
        this.best = best;
    }

    public double[] getScores() {
        return scores;
    }

    public void setScores(double[] scores) {
        this.scores = scores;
    }

    public float[] getEmbedding() {
        return embedding;
    }

    public void setEmbedding(float[] embedding) {
        this.embedding = embedding;
    }

    public double[][] getMatrix() {
        return matrix;
    }

    public void setMatrix(double[][] matrix) {
        this.matrix = matrix;
    }

    public List<Double> getProbabilities() {
        return probabilities;
    }

    public void setProbabilities(List<Double> probabilities) {
        this.probabilities = probabilities;
    }

    public Map<String, Object> getExtra() {
        return extra;
    }

    public void setExtra(Map<String, Object> extra) {
        this.extra = extra;
    }

    public Map<Long, ItemScore> getById() {
        return byId;
    }

    public void setById(Map<Long, ItemScore> byId) {
        this.byId = byId;
    }

    public Date getAt() {
        return at;
    }

    public void setAt(Date at) {
        this.at = at;
    }

    public LocalDateTime getLocal() {
        return local;
    }

    public void setLocal(LocalDateTime local) {
        this.local = local;
    }

    public BigDecimal getCost() {
        return cost;
    }

    public void setCost(BigDecimal cost) {
        this.cost = cost;
    }

    public BigDecimal getTotal() {
        return total;
    }

    public void setTotal(BigDecimal total) {
        this.total = total;
    }

    public Level getLevel() {
        return level;
    }

    public void setLevel(Level level) {
        this.level = level;
    }

    public List<Level> getLevels() {
        return levels;
    }

    public void setLevels(List<Level> levels) {
        this.levels = levels;
    }

    public Set<Long> getIds() {
        return ids;
    }

    public void setIds(Set<Long> ids) {
        this.ids = ids;
    }

    public byte[] getBlob() {
        return blob;
    }

    public void setBlob(byte[] blob) {
        this.blob = blob;
    }

    public Integer getCode() {
        return code;
    }

    public void setCode(Integer code) {
        this.code = code;
    }

    public RankResult getPrevious() {
        return previous;
    }

    public void setPrevious(RankResult previous) {
        this.previous = previous;
    }
}
