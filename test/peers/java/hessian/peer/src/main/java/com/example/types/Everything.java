package com.example.types;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** One field of every kind that an interface may declare. */
public class Everything implements Serializable {
    private long id;
    private String text;
    private Date at;
    private LocalDate day;
    private LocalDateTime local;
    private Instant instant;
    private BigDecimal amount;
    private BigInteger huge;
    private UUID uuid;
    private byte[] blob;
    private int[] slots;
    private long[] ids;
    private double[] scores;
    private double[][] matrix;
    private String[] names;
    private boolean[] flags;
    private Level level;
    private Level[] levels;
    private List<Level> levelList;
    private List<Long> longs;
    private List<Item> items;
    private Item[] itemArray;
    private Item best;
    private Map<Long, Item> byId;
    private Map<String, List<Double>> grouped;
    private Set<String> tags;
    private Object any;
    private Map<String, Object> extra;

    public long getId() { return id; }
    public void setId(long id) { this.id = id; }
    public String getText() { return text; }
    public void setText(String text) { this.text = text; }
    public Date getAt() { return at; }
    public void setAt(Date at) { this.at = at; }
    public LocalDate getDay() { return day; }
    public void setDay(LocalDate day) { this.day = day; }
    public LocalDateTime getLocal() { return local; }
    public void setLocal(LocalDateTime local) { this.local = local; }
    public Instant getInstant() { return instant; }
    public void setInstant(Instant instant) { this.instant = instant; }
    public BigDecimal getAmount() { return amount; }
    public void setAmount(BigDecimal amount) { this.amount = amount; }
    public BigInteger getHuge() { return huge; }
    public void setHuge(BigInteger huge) { this.huge = huge; }
    public UUID getUuid() { return uuid; }
    public void setUuid(UUID uuid) { this.uuid = uuid; }
    public byte[] getBlob() { return blob; }
    public void setBlob(byte[] blob) { this.blob = blob; }
    public int[] getSlots() { return slots; }
    public void setSlots(int[] slots) { this.slots = slots; }
    public long[] getIds() { return ids; }
    public void setIds(long[] ids) { this.ids = ids; }
    public double[] getScores() { return scores; }
    public void setScores(double[] scores) { this.scores = scores; }
    public double[][] getMatrix() { return matrix; }
    public void setMatrix(double[][] matrix) { this.matrix = matrix; }
    public String[] getNames() { return names; }
    public void setNames(String[] names) { this.names = names; }
    public boolean[] getFlags() { return flags; }
    public void setFlags(boolean[] flags) { this.flags = flags; }
    public Level getLevel() { return level; }
    public void setLevel(Level level) { this.level = level; }
    public Level[] getLevels() { return levels; }
    public void setLevels(Level[] levels) { this.levels = levels; }
    public List<Level> getLevelList() { return levelList; }
    public void setLevelList(List<Level> levelList) { this.levelList = levelList; }
    public List<Long> getLongs() { return longs; }
    public void setLongs(List<Long> longs) { this.longs = longs; }
    public List<Item> getItems() { return items; }
    public void setItems(List<Item> items) { this.items = items; }
    public Item[] getItemArray() { return itemArray; }
    public void setItemArray(Item[] itemArray) { this.itemArray = itemArray; }
    public Item getBest() { return best; }
    public void setBest(Item best) { this.best = best; }
    public Map<Long, Item> getById() { return byId; }
    public void setById(Map<Long, Item> byId) { this.byId = byId; }
    public Map<String, List<Double>> getGrouped() { return grouped; }
    public void setGrouped(Map<String, List<Double>> grouped) { this.grouped = grouped; }
    public Set<String> getTags() { return tags; }
    public void setTags(Set<String> tags) { this.tags = tags; }
    public Object getAny() { return any; }
    public void setAny(Object any) { this.any = any; }
    public Map<String, Object> getExtra() { return extra; }
    public void setExtra(Map<String, Object> extra) { this.extra = extra; }
}
