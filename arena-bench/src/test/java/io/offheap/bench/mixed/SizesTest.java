package io.offheap.bench.mixed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SizesTest {

    @Test
    void theDistributionEndsWhereItIsSaidTo() {
        assertEquals(16, Sizes.quantile(0));
        assertEquals(31, Sizes.quantile(0.5));
        assertEquals(8191, Sizes.quantile(Math.nextDown(1.0)));
    }

    @Test
    void theMeanIsThatOfTheFormula() {
        final double low = Sizes.LEAST;
        final double high = Sizes.MOST;
        final double mean = Math.log(high / low) * low * high / (high - low);
        assertEquals(mean, Sizes.mean(), 0.02 * mean);
    }

    @Test
    void everyRunHasTheSameSizesAndAllAreInRange() {
        final int[] sizes = Sizes.table();
        assertArrayEquals(sizes, Sizes.table());
        assertTrue(Arrays.stream(sizes).allMatch(size -> size >= Sizes.LEAST && size <= Sizes.MOST));
    }
}
