package com.example.types;

import java.io.Serializable;
import java.util.List;

/** More classes than the short form of an object's class number has room for (16). */
public final class Many {
    private Many() {}

    public static List<Object> all() {
        return List.of(new K01(1), new K02(2), new K03(3), new K04(4), new K05(5), new K06(6), new K07(7), new K08(8), new K09(9), new K10(10), new K11(11), new K12(12), new K13(13), new K14(14), new K15(15), new K16(16), new K17(17), new K18(18), new K19(19), new K20(20));
    }
}

class K01 implements Serializable { int v; K01() {} K01(int v) { this.v = v; } }
class K02 implements Serializable { int v; K02() {} K02(int v) { this.v = v; } }
class K03 implements Serializable { int v; K03() {} K03(int v) { this.v = v; } }
class K04 implements Serializable { int v; K04() {} K04(int v) { this.v = v; } }
class K05 implements Serializable { int v; K05() {} K05(int v) { this.v = v; } }
class K06 implements Serializable { int v; K06() {} K06(int v) { this.v = v; } }
class K07 implements Serializable { int v; K07() {} K07(int v) { this.v = v; } }
class K08 implements Serializable { int v; K08() {} K08(int v) { this.v = v; } }
class K09 implements Serializable { int v; K09() {} K09(int v) { this.v = v; } }
class K10 implements Serializable { int v; K10() {} K10(int v) { this.v = v; } }
class K11 implements Serializable { int v; K11() {} K11(int v) { this.v = v; } }
class K12 implements Serializable { int v; K12() {} K12(int v) { this.v = v; } }
class K13 implements Serializable { int v; K13() {} K13(int v) { this.v = v; } }
class K14 implements Serializable { int v; K14() {} K14(int v) { this.v = v; } }
class K15 implements Serializable { int v; K15() {} K15(int v) { this.v = v; } }
class K16 implements Serializable { int v; K16() {} K16(int v) { this.v = v; } }
class K17 implements Serializable { int v; K17() {} K17(int v) { this.v = v; } }
class K18 implements Serializable { int v; K18() {} K18(int v) { this.v = v; } }
class K19 implements Serializable { int v; K19() {} K19(int v) { this.v = v; } }
class K20 implements Serializable { int v; K20() {} K20(int v) { this.v = v; } }
