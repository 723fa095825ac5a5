package io.offheap.bench.classic;

/// Choices of one thread: Marsaglia's xorshift64 with the shifts 13, 7, 17. Equal seeds give equal choices.
final class Dice {

    /// Odd, and with bits all over: the golden ratio.
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private long state;

    /// @param seed of the run
    /// @param thread makes its choices different from those of others
    Dice(long seed, int thread) {
        state = SPREAD * (2 * (seed + thread) + 1);
        state ^= SPREAD << thread;
        state = state == 0 ? SPREAD : state;
    }

    /// {@return a number from 0 to `bound - 1`}
    int below(int bound) {
        state ^= state << 13;
        state ^= state >>> 7;
        state ^= state << 17;
        return (int) ((state >>> Integer.SIZE) * bound >>> Integer.SIZE);
    }
}
