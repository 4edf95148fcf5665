package com.example.rank;

/** A declared business exception with fields of its own. */
public class RankException extends Exception {
    private static final long serialVersionUID = 1L;
    private int code;
    private String reason;

    public RankException() {}

    public RankException(int code, String reason) {
        super("rank failed: " + reason);
        this.code = code;
        this.reason = reason;
    }

    public int getCode() {
        return code;
    }

    public void setCode(int code) {
        this.code = code;
    }

    public String getReason() {
        return reason;
    }

    public void setReason(String reason) {
        this.reason = reason;
    }
}
