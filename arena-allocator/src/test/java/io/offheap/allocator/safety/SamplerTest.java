package io.offheap.allocator.safety;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {

    private static final long SEED = 0x5a3;
    private static final int COUNT = 400_000;

    @Test
    void oneSamplesEveryBlockAndZeroNone() {
        final var every = new Sampler(1, () -> 0.999);
        final var none = new Sampler(0, () -> 0);
        for (final long size : new long[] {0, 1, 64, 1L << 40}) {
            assertTrue(every.takes(size));
            assertEquals(1, every.weight(size));
            assertFalse(none.takes(size));
        }
    }

    @Test
    void blockIsSampledWithTheChanceThatAMarkFallsOnIt() {
        final double chance = 1 - Math.exp(-0.5);
        assertTrue(new Sampler(1000, () -> chance - 1e-9).takes(500));
        assertFalse(new Sampler(1000, () -> chance + 1e-9).takes(500));
        assertEquals(1 / chance, new Sampler(1000, () -> 0).weight(500), 1e-9);
    }

    /// Sizes below, about and above the mean.
    @ParameterizedTest
    @ValueSource(longs = {16, 1000, 4096, 20_000})
    void weightsOfSampledBlocksAddUpToAllBlocks(long size) {
        final var random = new SplittableRandom(SEED);
        final var sampler = new Sampler(4096, random::nextDouble);
        double sum = 0;
        for (int i = 0; i < COUNT; i++) {
            sum += sampler.takes(size) ? sampler.weight(size) : 0;
        }
        assertEquals(COUNT, sum, 0.1 * COUNT, "seed " + SEED);
    }

    @Test
    void emptyBlockIsSampledAsOneOfAByte() {
        assertEquals(new Sampler(4096, () -> 0).weight(1), new Sampler(4096, () -> 0).weight(0));
        assertTrue(new Sampler(4096, () -> 0).takes(0));
    }
}
