package io.offheap.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.offheap.memory.util.Ticker;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/// Whether long ranges are zeroed by `wmemset` of the C library instead of `memset`.
///
/// Above 2 KiB `memset` leaves the work to an instruction of the processor where there is one for it, and on some processors that is slower
/// than storing vectors; `wmemset` of glibc stores vectors at any size, that of musl single characters. So the two race once in a
/// process, before the first long range is zeroed: with the linking a few milliseconds, on memory of their own. What differs little
/// may be chosen wrongly.
///
/// `wmemset` stands back where it is missing, where a wide character has not [#WIDTH] bytes, and where heap, stack or memory are too short
/// for the race: then zeroing must work all the more.
final class WideZeroing {

    /// Bytes of a wide character; ranges and their addresses have to be multiples of it.
    static final long WIDTH = Integer.BYTES;

    /// Long enough for a difference of a tenth to show beside the calls, which the interpreter makes in some microseconds each.
    private static final long TRIED_BYTES = 512 << 10;
    static final int ROUNDS = 12;

    /// `wmemset`, null where there is none that fits.
    private static final MethodHandle WMEMSET = find();

    /// A class of its own: while a class is initialised, the interpreter takes a detour at each call of its methods.
    private static final class Choice {
        static final boolean IS_WIDE = isThere() && isFasterHere();
    }

    private WideZeroing() {}

    private static MethodHandle find() {
        if (!Platform.linksNativeCode() || !hasWidth()) {
            return null;
        }
        try {
            return Downcall.findCritical("wmemset", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG))
                    .orElse(null);
        } catch (VirtualMachineError _) {
            return null;
        }
    }

    private static boolean hasWidth() {
        final var character = Linker.nativeLinker().canonicalLayouts().get("wchar_t");
        return character != null && character.byteSize() == WIDTH;
    }

    private static boolean isFasterHere() {
        try (var life = Arena.ofConfined()) {
            final long address = life.allocate(TRIED_BYTES, WIDTH).address();
            return isFaster(new Wide(address), new Narrow(address), Ticker.SYSTEM);
        } catch (VirtualMachineError _) {
            return false;
        }
    }

    // Classes, where lambdas would cost a process that has none yet some milliseconds.
    private record Wide(long address) implements Runnable {
        @Override
        public void run() {
            zero(address, TRIED_BYTES);
        }
    }

    private record Narrow(long address) implements Runnable {
        @Override
        public void run() {
            RawMemory.memset(address, TRIED_BYTES);
        }
    }

    /// {@return whether the shortest of some rounds of one takes less time than that of the other}
    static boolean isFaster(Runnable one, Runnable other, Ticker ticker) {
        long shortest = Long.MAX_VALUE;
        long shortestOfOther = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            shortestOfOther = Math.min(shortestOfOther, time(other, ticker));
            shortest = Math.min(shortest, time(one, ticker));
        }
        return shortest < shortestOfOther;
    }

    private static long time(Runnable action, Ticker ticker) {
        final long begin = ticker.nanos();
        action.run();
        return ticker.nanos() - begin;
    }

    /// {@return whether it has won}
    static boolean isChosen() {
        return Choice.IS_WIDE;
    }

    /// {@return whether [#zero] may be called}
    static boolean isThere() {
        return WMEMSET != null;
    }

    /// Zeroes `size` bytes from `address`, both multiples of [#WIDTH].
    static void zero(long address, long size) {
        try {
            final long same = (long) WMEMSET.invokeExact(address, 0, size / WIDTH);
            assert same == address : "wmemset(0x%x) answered 0x%x".formatted(address, same);
        } catch (Throwable t) {
            throw Downcall.rethrow(t);
        }
    }
}
