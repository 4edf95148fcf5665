package com.example.rank;

/** One constant has a body, so that its class is not Level itself: writers that go by the class alone get it wrong. */
public enum Level {
    LOW,
    MIDDLE {
        @Override
        public int weight() {
            return 5;
        }
    },
    HIGH;

    public int weight() {
        return ordinal();
    }
}
