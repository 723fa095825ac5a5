package io.offheap.agrona;

import org.agrona.BufferUtil;

/// Where the bytes of an array begin, as Agrona's `Unsafe` code counts.
///
/// Only such code has a use for it, and it runs only where `Unsafe` may be used; elsewhere the number is the usual one.
final class ArrayBase {

    private static final int USUAL = 16;
    private static final long OFFSET = read();

    private ArrayBase() {}

    private static long read() {
        try {
            return BufferUtil.ARRAY_BASE_OFFSET;
        } catch (LinkageError e) {
            return USUAL;
        }
    }

    static long offset() {
        return OFFSET;
    }
}
