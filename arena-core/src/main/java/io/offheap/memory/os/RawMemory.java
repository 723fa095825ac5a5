package io.offheap.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Plain access to memory by address.
///
/// One segment that covers every address, in a constant that the JIT folds: an access costs what a
/// dereference costs in C, and is exactly as safe. The callers are the layers that own the addresses they
/// pass; an address that is not mapped kills the process.
public final class RawMemory {

    private static final MemorySegment EVERYTHING = everything();

    private RawMemory() {}

    /// {@return the 8 bytes at `address`, a multiple of 8}
    public static long getLong(long address) {
        return EVERYTHING.get(JAVA_LONG, address);
    }

    /// Stores 8 bytes at `address`, a multiple of 8.
    public static void putLong(long address, long value) {
        EVERYTHING.set(JAVA_LONG, address, value);
    }

    /// {@return the byte at `address`}
    public static byte getByte(long address) {
        return EVERYTHING.get(JAVA_BYTE, address);
    }

    /// Stores one byte at `address`.
    public static void putByte(long address, byte value) {
        EVERYTHING.set(JAVA_BYTE, address, value);
    }

    /// Zeroes `size` bytes, 0 or more, from `address`.
    public static void zero(long address, long size) {
        EVERYTHING.asSlice(address, size).fill((byte) 0);
    }

    /// Copies `size` bytes, 0 or more; the ranges may overlap.
    public static void copy(long from, long to, long size) {
        MemorySegment.copy(EVERYTHING, from, EVERYTHING, to, size);
    }

    /// {@return a segment of exactly `size` bytes at `address`, alive for ever, usable by every thread}
    public static MemorySegment segment(long address, long size) {
        return EVERYTHING.asSlice(address, size);
    }

    /// {@return a segment of exactly `size` bytes at `address` that lives and dies with `arena`} Its
    /// memory is not freed with the arena: that is the caller's to do, after the arena has been closed.
    @SuppressWarnings("restricted") // the exact bounds are the caller's block
    public static MemorySegment segment(long address, long size, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(size, arena, null);
    }

    @SuppressWarnings("restricted") // the one place that makes addresses accessible
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }
}
