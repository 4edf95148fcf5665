package com.example.bench;

import java.io.Serializable;

/** The bean with 100 fields: 25 of each type. The codec sets the fields themselves. */
public final class Wide implements Serializable {
    private static final long serialVersionUID = 1L;

    int count0, count1, count2, count3, count4, count5, count6, count7, count8, count9, count10, count11,
            count12, count13, count14, count15, count16, count17, count18, count19, count20, count21,
            count22, count23, count24;
    double rate0, rate1, rate2, rate3, rate4, rate5, rate6, rate7, rate8, rate9, rate10, rate11, rate12,
            rate13, rate14, rate15, rate16, rate17, rate18, rate19, rate20, rate21, rate22, rate23, rate24;
    String text0, text1, text2, text3, text4, text5, text6, text7, text8, text9, text10, text11, text12,
            text13, text14, text15, text16, text17, text18, text19, text20, text21, text22, text23, text24;
    boolean flag0, flag1, flag2, flag3, flag4, flag5, flag6, flag7, flag8, flag9, flag10, flag11, flag12,
            flag13, flag14, flag15, flag16, flag17, flag18, flag19, flag20, flag21, flag22, flag23, flag24;
}
