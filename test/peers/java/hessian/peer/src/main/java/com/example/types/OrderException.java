package com.example.types;

/** A business exception with fields of its own. */
public class OrderException extends RuntimeException {
    private int code;
    private String reason;

    public OrderException() {}

    public OrderException(int code, String reason, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.reason = reason;
    }

    public int getCode() { return code; }
    public String getReason() { return reason; }
}
