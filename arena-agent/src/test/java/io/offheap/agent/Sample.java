package io.offheap.agent;

import java.io.Serializable;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.util.RandomAccess;
import java.util.function.IntFunction;

/// What the rewriter is tried on: one method for each way to name a redirected method, and others that look like it.
final class Sample {

    private Sample() {}

    static ByteBuffer call(int capacity) {
        return ByteBuffer.allocateDirect(capacity);
    }

    static ByteBuffer callOfTheHeir(int capacity) {
        return MappedByteBuffer.allocateDirect(capacity);
    }

    static IntFunction<ByteBuffer> reference() {
        return ByteBuffer::allocateDirect;
    }

    /// Its serial form has the name of the method.
    static Object serializable() {
        return (IntFunction<ByteBuffer> & Serializable) ByteBuffer::allocateDirect;
    }

    /// An intersection that is not serializable.
    static Object marked() {
        return (IntFunction<ByteBuffer> & RandomAccess) ByteBuffer::allocateDirect;
    }

    static IntFunction<ByteBuffer> lambda() {
        return capacity -> ByteBuffer.allocateDirect(capacity);
    }

    static Arena arena() {
        return Arena.ofConfined();
    }

    static Object otherArenas() {
        return new Object[] {Arena.ofShared(), Arena.ofAuto(), Arena.global()};
    }

    /// Frames of the stack map on both sides of a call, with it on the stack of one.
    static int branches(boolean which, int capacity) {
        final int sum = capacity + (which ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity)).capacity();
        for (int i = 0; i < capacity; i++) {
            if (i * i > sum) {
                return i;
            }
        }
        return sum;
    }

    static ByteBuffer others(int capacity) {
        return ByteBuffer.allocate(allocateDirect(capacity));
    }

    static int allocateDirect(int capacity) {
        return capacity;
    }
}
