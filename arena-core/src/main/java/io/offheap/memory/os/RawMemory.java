package io.offheap.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/// Plain access to memory by address.
///
/// One segment that covers every address, in a constant that the JIT folds: an access costs what a
/// dereference costs in C, and is exactly as safe. The callers are the layers that own the addresses they
/// pass; an address that is not mapped kills the process.
///
/// Longs are accessed by the unaligned layout although all of them are aligned: the aligned one tests the address
/// again at every access. The JIT makes one move of either, which the processor does not tear.
///
/// Accesses go through the handles of the layouts, not through [MemorySegment#get], which is one more call on the way: the JIT inlines
/// calls that are nested up to a depth, an access has eight of them inside, and those of the fast paths begin deep (docs/performance.md).
public final class RawMemory {

    /// All memory, and the handle of a long in it: for fast paths that cannot afford the call of [#getLong] or [#putLong].
    public static final MemorySegment EVERYTHING = everything();

    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = JAVA_SHORT_UNALIGNED.varHandle();
    private static final VarHandle INT = JAVA_INT_UNALIGNED.varHandle();
    /// See [#EVERYTHING].
    public static final VarHandle LONG = JAVA_LONG_UNALIGNED.varHandle();

    /// A handle in either case, so that the code around it is the same, and as small as it can be where it is inlined.
    static final MethodHandle MEMSET = Platform.linksNativeCode()
            ? Downcall.bindCritical("memset", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG))
            : ownMemset();

    /// Safepoints wait for no more than so many bytes to be zeroed: a few microseconds, some more where the memory is
    /// new.
    private static final long ZEROED_AT_ONCE = 64 << 10;

    /// Up to so many bytes `memset` stores vectors; above it takes an instruction of the processor that is slow to
    /// begin, 20 ns, and slower in a processor's own caches: up to four pieces are cleared sooner one by one, where [WideZeroing]
    /// does not do better (docs/performance.md).
    private static final long PIECE = 2 << 10;
    private static final long LARGEST_IN_PIECES = 4 * PIECE;

    private RawMemory() {}

    /// {@return the same address, of which the JIT knows that it is one} Accesses to it, and near it, are not tested any more: worth an
    /// instruction where there are several.
    public static long inBounds(long address) {
        return address & Long.MAX_VALUE >>> 1;
    }

    /// {@return the 8 bytes at `address`, in native order; torn by other threads unless it is a multiple of 8}
    public static long getLong(long address) {
        return (long) LONG.get(EVERYTHING, address);
    }

    /// Stores 8 bytes at `address`, in native order; other threads see it torn unless that is a multiple of 8.
    public static void putLong(long address, long value) {
        LONG.set(EVERYTHING, address, value);
    }

    /// {@return the 4 bytes at `address`, in native order}
    public static int getInt(long address) {
        return (int) INT.get(EVERYTHING, address);
    }

    /// Stores 4 bytes at `address`, in native order.
    public static void putInt(long address, int value) {
        INT.set(EVERYTHING, address, value);
    }

    /// {@return the 2 bytes at `address`, in native order}
    public static short getShort(long address) {
        return (short) SHORT.get(EVERYTHING, address);
    }

    /// Stores 2 bytes at `address`, in native order.
    public static void putShort(long address, short value) {
        SHORT.set(EVERYTHING, address, value);
    }

    /// {@return the byte at `address`}
    public static byte getByte(long address) {
        return (byte) BYTE.get(EVERYTHING, address);
    }

    /// Stores one byte at `address`.
    public static void putByte(long address, byte value) {
        BYTE.set(EVERYTHING, address, value);
    }

    /// Zeroes `size` bytes, 0 or more, from `address`.
    ///
    /// By the C library at any size: from 64 bytes on it is faster than the fill of the JDK, at 4 KiB two to three
    /// times, and it is less code wherever it is inlined (docs/performance.md). Where pages are portable, by that fill.
    public static void zero(long address, long size) {
        if (size <= PIECE) {
            memset(address, size);
        } else if (WideZeroing.isChosen(size) && AlignedMath.isAligned(address, WideZeroing.WIDTH)) {
            zeroWide(address, size);
        } else {
            zeroInParts(address, size, size <= LARGEST_IN_PIECES ? PIECE : ZEROED_AT_ONCE);
        }
    }

    /// Zeroes what is long, at an address that is aligned to [WideZeroing#WIDTH].
    static void zeroWide(long address, long size) {
        final long whole = AlignedMath.alignDown(size, WideZeroing.WIDTH);
        for (long done = 0; done < whole; done += ZEROED_AT_ONCE) {
            WideZeroing.zero(address + done, Math.min(whole - done, ZEROED_AT_ONCE));
        }
        if (whole != size) {
            memset(address + whole, size - whole);
        }
    }

    private static void zeroInParts(long address, long size, long part) {
        for (long done = 0; done < size; done += part) {
            memset(address + done, Math.min(size - done, part));
        }
    }

    static void memset(long address, long size) {
        try {
            final long same = (long) MEMSET.invokeExact(address, 0, size);
            assert same == address : "memset(0x%x) answered 0x%x".formatted(address, same);
        } catch (Throwable t) {
            throw Downcall.rethrow(t);
        }
    }

    private static MethodHandle ownMemset() {
        try {
            return MethodHandles.lookup().findStatic(RawMemory.class, "ownMemset",
                    MethodType.methodType(long.class, long.class, int.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("of this class", e);
        }
    }

    /// What `memset` does, by means of the JDK.
    private static long ownMemset(long address, int value, long size) {
        EVERYTHING.asSlice(address, size).fill((byte) value);
        return address;
    }

    /// Copies `size` bytes, 0 or more; the ranges may overlap.
    public static void copy(long from, long to, long size) {
        MemorySegment.copy(EVERYTHING, from, EVERYTHING, to, size);
    }

    /// Copies `size` bytes from an address to an index of an array, which is checked.
    public static void copy(long from, byte[] to, int index, int size) {
        MemorySegment.copy(EVERYTHING, JAVA_BYTE, from, to, index, size);
    }

    /// Copies `size` bytes from an index of an array, which is checked, to an address.
    public static void copy(byte[] from, int index, long to, int size) {
        MemorySegment.copy(from, index, EVERYTHING, JAVA_BYTE, to, size);
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

    /// {@return a segment of exactly `size` bytes at `address` that lives and dies with `arena`}
    ///
    /// @param afterEnd called once after the arena's end, when no access is possible any more: on the thread that
    ///                 closes it, or on the JDK's cleaner thread for [Arena#ofAuto], which must not be kept long. What
    ///                 it is given is no business of its; it must not refer to the arena or a segment of it
    @SuppressWarnings("restricted") // the exact bounds are the caller's block
    public static MemorySegment segment(long address, long size, Arena arena, Consumer<MemorySegment> afterEnd) {
        return MemorySegment.ofAddress(address).reinterpret(size, arena, afterEnd);
    }

    /// Has an action run after the end of an arena, when no access is possible any more, as [#segment(long, long, Arena, Consumer)]
    /// does; no segment is kept for it.
    @SuppressWarnings("restricted") // of no bytes
    public static void afterEnd(Arena arena, Consumer<MemorySegment> action) {
        MemorySegment.NULL.reinterpret(0, arena, action);
    }

    @SuppressWarnings("restricted") // the one place that makes addresses accessible
    private static MemorySegment everything() {
        NativeAccess.require();
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }
}
