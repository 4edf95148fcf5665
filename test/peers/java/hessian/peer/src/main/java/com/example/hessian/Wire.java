package com.example.hessian;

import com.alibaba.com.caucho.hessian.io.Hessian2Input;
import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;

/** hessian-lite as Dubbo calls it: one value to hexadecimal text and back. */
final class Wire {
    private static final SerializerFactory FACTORY = new SerializerFactory();

    private Wire() {}

    static String write(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Hessian2Output output = new Hessian2Output(bytes);
        output.setSerializerFactory(FACTORY);
        output.writeObject(value);
        output.flushBuffer();
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    /** Reads the only value of the bytes; with a class as Dubbo reads an answer whose type is declared, without as it reads the elements of a list. */
    static Object read(String hex, Class<?> declared) throws IOException {
        ByteArrayInputStream bytes = new ByteArrayInputStream(HexFormat.of().parseHex(hex));
        Hessian2Input input = new Hessian2Input(bytes);
        input.setSerializerFactory(FACTORY);
        Object value = declared == null ? input.readObject() : input.readObject(declared);
        // The reader gives 0xff as long as it is asked when there are no more bytes, and -1 here.
        int more = input.read();
        if (more >= 0) throw new IOException("bytes are left after the value, the first is 0x" + Integer.toHexString(more));
        return value;
    }
}
