package com.example.rank;

/** What a provider would call back. */
public interface RankListener {
    void changed(String text);
}
