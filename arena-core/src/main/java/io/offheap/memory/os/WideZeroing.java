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
/// process, before the first long range is zeroed: with the linking a few milliseconds, on memory of their own. Where they come in together
/// `wmemset` is taken, since the instruction costs the more the shorter the range is (docs/performance.md).
///
/// `wmemset` stands back where it is missing, where a wide character has not [#WIDTH] bytes, and where heap, stack or memory are too short
/// for the race: then zeroing must work all the more.
final class WideZeroing {

    /// Bytes of a wide character; ranges and their addresses have to be multiples of it.
    static final long WIDTH = Integer.BYTES;

    /// Long enough for a difference of a tenth to show beside the calls, which the interpreter makes in some microseconds each.
    private static final long TRIED_BYTES = 1 << 20;
    static final int ROUNDS = 11;

    /// One part in so many is what `wmemset` may lose by: it makes up for that at 16 and 64 KiB, which are too short to be tried.
    private static final int SLACK_PART = 8;

    /// `wmemset`, null where there is none that fits.
    private static final MethodHandle WMEMSET = find();

    /// A class of its own: while a class is initialised, the interpreter takes a detour at each call of its methods.
    private static final class Choice {
        static final boolean IS_WIDE = isThere() && isGoodEnoughHere();
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

    private static boolean isGoodEnoughHere() {
        try (var life = Arena.ofConfined()) {
            final long address = life.allocate(TRIED_BYTES, WIDTH).address();
            return isGoodEnough(new Attempt(WMEMSET, address, TRIED_BYTES / WIDTH),
                    new Attempt(RawMemory.MEMSET, address, TRIED_BYTES), Ticker.SYSTEM);
        } catch (VirtualMachineError _) {
            return false;
        }
    }

    /// One of the two, called by the same code: had `memset` its own, which may be compiled long since, the other would have to win by more
    /// than an interpreted call takes. A class, where a lambda would cost a process that has none yet some milliseconds.
    ///
    /// @param count what the function takes for the length
    private record Attempt(MethodHandle function, long address, long count) implements Runnable {
        @Override
        public void run() {
            try {
                final long same = (long) function.invokeExact(address, 0, count);
                assert same == address : "asked for 0x%x, answered 0x%x".formatted(address, same);
            } catch (Throwable t) {
                throw Downcall.rethrow(t);
            }
        }
    }

    /// {@return whether one takes hardly more time than the other in most of some rounds} Rounds are judged one by one: a virtual processor may
    /// be faster by a third from one moment to the next, but seldom within one.
    static boolean isGoodEnough(Runnable one, Runnable other, Ticker ticker) {
        int good = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final long otherNanos = time(other, ticker);
            good += time(one, ticker) - otherNanos <= otherNanos / SLACK_PART ? 1 : 0;
        }
        return 2 * good > ROUNDS;
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
