package io.offheap.allocator.safety;

import java.util.function.DoubleSupplier;

/// Which blocks are sampled: as if marks were strewn over all bytes that are ever allocated, at random, a given number of bytes apart on
/// average, and a block is sampled when a mark falls on it.
///
/// That is a Poisson process, so each block is decided for itself: `s` bytes are met with the chance `1 - exp(-s / mean)`, whatever
/// came before. No thread has to count anything, and the inverse of the chance is what a sampled block stands for.
///
/// Thread-safe if the random numbers are.
final class Sampler {

    private final double mean;
    private final DoubleSupplier random;

    /// @param meanBytes between marks; 1: every block is sampled; 0: none
    /// @param random    evenly distributed, from 0 to below 1
    Sampler(long meanBytes, DoubleSupplier random) {
        this.mean = meanBytes;
        this.random = random;
    }

    /// {@return whether a block is sampled}
    ///
    /// @param byteSize bytes, 0 or more
    boolean takes(long byteSize) {
        if (mean <= 1) {
            return mean == 1;
        }
        final double ratio = Math.max(1, byteSize) / mean;
        final double drawn = random.getAsDouble();
        return drawn < ratio && drawn < chance(ratio);      // the chance is less than the ratio: seldom computed
    }

    /// {@return how many blocks of its size a sampled one stands for}
    double weight(long byteSize) {
        return mean <= 1 ? 1 : 1 / chance(Math.max(1, byteSize) / mean);
    }

    private static double chance(double ratio) {
        return -Math.expm1(-ratio);
    }
}
