package io.offheap.bench.demo;

import java.util.SplittableRandom;

/// Where ebizzy's random numbers come from. Each thread has its own.
sealed interface Generator {

    /// {@return the next number in `0 .. max - 1`}
    int next(int max);

    /// {@return the generator of one thread}
    ///
    /// @param stock whether to reproduce the historic program's
    static Generator of(boolean stock, long seed, int thread) {
        return stock ? new Stock() : new Honest(seed, thread);
    }

    /// Numbers that are spread evenly.
    final class Honest implements Generator {
        private final SplittableRandom random;

        /// @param seed equal seeds give equal numbers
        /// @param thread each thread has numbers of its own
        Honest(long seed, int thread) {
            random = new SplittableRandom(seed * 1_000_003 + thread);
        }

        @Override
        public int next(int max) {
            return random.nextInt(max);
        }
    }

    /// The generator of ebizzy 0.3, `rand_num`: its state starts at 0 and is multiplied, never added to, so
    /// every number is 0. The addition was meant to follow the multiplication; `*=` binds it to the factor.
    final class Stock implements Generator {
        private static final int FACTOR = 1_103_515_245 + 12_345;

        private int state;

        @Override
        public int next(int max) {
            state *= FACTOR;
            return (state >>> Short.SIZE) % max;
        }
    }
}
