package io.offheap.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.offheap.memory.util.Ticker;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/// Whether ranges of more than 2 KiB are zeroed by `wmemset` of the C library instead of `memset`.
///
/// Above 2 KiB `memset` leaves the work to an instruction of the processor where there is one for it. `wmemset` of glibc stores vectors at
/// any size, that of musl single characters. In a processor's own caches vectors are faster as a rule, by up to 1.8 times; beyond them
/// the instruction may be, which does not read what it overwrites (docs/performance.md). So the two race twice in a process, at a
/// length below and at one above, before the first such range is zeroed: with the linking a few milliseconds, on memory of their own.
///
/// `wmemset` stands back where it is missing, where a wide character has not [#WIDTH] bytes, and where heap, stack or memory are too short
/// for the race: then zeroing must work all the more.
final class WideZeroing {

    /// Bytes of a wide character; ranges and their addresses have to be multiples of it.
    static final long WIDTH = Integer.BYTES;

    /// Ranges from here on are as long as the caches are large that a processor has for itself. Where `memset` wins at this length, it
    /// wins by more in memory that no cache has; so `wmemset` may not lose here.
    static final long LONG_BYTES = 1 << 20;

    /// The length that stands for all below. Long enough for a difference of a tenth to show beside the calls, which the
    /// interpreter makes in some microseconds each.
    private static final long SHORTER_BYTES = 256 << 10;

    /// One part in so many is what `wmemset` may lose by at that length: it makes up for it at 4 to 64 KiB, which are too short to be tried.
    private static final int SLACK_PART = 8;
    private static final int NO_SLACK = Integer.MAX_VALUE;
    static final int ROUNDS = 11;

    /// `wmemset`, null where there is none that fits.
    private static final MethodHandle WMEMSET = find();

    /// A class of its own: while a class is initialised, the interpreter takes a detour at each call of its methods.
    private static final class Choice {
        static final boolean FOR_SHORTER = isThere() && isGoodEnoughHere(SHORTER_BYTES, SLACK_PART);
        static final boolean FOR_LONG = isThere() && isGoodEnoughHere(LONG_BYTES, NO_SLACK);
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

    private static boolean isGoodEnoughHere(long byteSize, int slackPart) {
        try (var life = Arena.ofConfined()) {
            final long address = life.allocate(byteSize, WIDTH).address();
            return isGoodEnough(new Attempt(WMEMSET, address, byteSize / WIDTH),
                    new Attempt(RawMemory.MEMSET, address, byteSize), slackPart, Ticker.SYSTEM);
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
    ///
    /// @param slackPart one part in so many of the other's time is what one may take more
    static boolean isGoodEnough(Runnable one, Runnable other, int slackPart, Ticker ticker) {
        int good = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final long otherNanos = time(other, ticker);
            good += time(one, ticker) - otherNanos <= otherNanos / slackPart ? 1 : 0;
        }
        return 2 * good > ROUNDS;
    }

    private static long time(Runnable action, Ticker ticker) {
        final long begin = ticker.nanos();
        action.run();
        return ticker.nanos() - begin;
    }

    /// {@return whether it has won at lengths like this one}
    static boolean isChosen(long size) {
        return size < LONG_BYTES ? Choice.FOR_SHORTER : Choice.FOR_LONG;
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
