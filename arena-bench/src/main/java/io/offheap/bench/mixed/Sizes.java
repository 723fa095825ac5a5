package io.offheap.bench.mixed;

import java.util.Arrays;
import java.util.Random;

/// Sizes of blocks as programs ask for them: many small ones, few large ones. A bounded Pareto distribution with
/// exponent 1: half of all blocks have less than twice the least size, and each doubling of the size has about as
/// many bytes in it as the one before.
final class Sizes {

    /// The least, in bytes.
    static final int LEAST = 16;

    /// The most, in bytes.
    static final int MOST = 8192;

    /// How many sizes there are to choose from: all that 16 random bits can say.
    static final int COUNT = 1 << 16;

    static final long SEED = 1;

    private Sizes() {}

    /// {@return the sizes, in random order; the same in every run}
    static int[] table() {
        final Random random = new Random(SEED);
        final int[] sizes = new int[COUNT];
        Arrays.setAll(sizes, _ -> quantile(random.nextDouble()));
        return sizes;
    }

    /// {@return the size below which a share of all blocks is: the inverse of the distribution function}
    static int quantile(double share) {
        return (int) (LEAST / (1 - share * (1 - (double) LEAST / MOST)));
    }

    /// {@return the mean, in bytes}
    static double mean() {
        return Arrays.stream(table()).average().orElseThrow();
    }
}
