package com.example.rank;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** One method for each type that interfaces declare in practice. The argument is the JSON text of the answer. */
public interface TypesService {
    int primitiveInt(String json);

    long primitiveLong(String json);

    double primitiveDouble(String json);

    float primitiveFloat(String json);

    short primitiveShort(String json);

    byte primitiveByte(String json);

    char primitiveChar(String json);

    boolean primitiveBoolean(String json);

    Integer boxedInteger(String json);

    Long boxedLong(String json);

    Double boxedDouble(String json);

    Float boxedFloat(String json);

    Short boxedShort(String json);

    Byte boxedByte(String json);

    Character boxedCharacter(String json);

    Boolean boxedBoolean(String json);

    String string(String json);

    Object object(String json);

    Date date(String json);

    LocalDate localDate(String json);

    LocalTime localTime(String json);

    LocalDateTime localDateTime(String json);

    Instant instant(String json);

    java.sql.Timestamp sqlTimestamp(String json);

    BigDecimal bigDecimal(String json);

    BigInteger bigInteger(String json);

    UUID uuid(String json);

    Level level(String json);

    byte[] bytes(String json);

    int[] ints(String json);

    long[] longs(String json);

    float[] floats(String json);

    double[] doubles(String json);

    double[][] matrix(String json);

    boolean[] booleans(String json);

    String[] strings(String json);

    Double[] boxedDoubles(String json);

    Level[] levels(String json);

    List<Double> listOfDouble(String json);

    List<Float> listOfFloat(String json);

    List<Long> listOfLong(String json);

    List<Integer> listOfInteger(String json);

    List<String> listOfString(String json);

    List<Date> listOfDate(String json);

    List<Level> listOfLevel(String json);

    List<BigDecimal> listOfBigDecimal(String json);

    List<List<Double>> listOfList(String json);

    List<double[]> listOfDoubles(String json);

    List<Map<String, Object>> listOfMap(String json);

    Set<String> setOfString(String json);

    Set<Long> setOfLong(String json);

    Collection<Double> collectionOfDouble(String json);

    Map<String, Object> mapOfObject(String json);

    Map<String, Double> mapOfDouble(String json);

    Map<Long, String> mapByLong(String json);

    Map<Level, Double> mapByLevel(String json);

    Map<String, List<Double>> mapOfList(String json);

    Map<String, ItemScore> mapOfItem(String json);

    ItemScore item(String json);

    BaseItem baseItem(String json);

    List<ItemScore> listOfItem(String json);

    ItemScore[] items(String json);

    RankResult result(String json);

    FloatItem floatItem(String json);

    List<FloatItem> listOfFloatItem(String json);

    FloatBasket floatBasket(String json);

    void nothing(String json);
}
