package io.offheap.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0.00", "5.314, 5.31", "9.996, 10.0", "47.25, 47.3", "99.96, 100", "231.4, 231", "5832, 5832",
        "9999.6, 10.0k", "18400, 18.4k", "999600, 1.00M", "2900000, 2.90M", "5e12, 5000G"
    })
    void threeDigitsMatter(double value, String text) {
        assertEquals(text, Figures.text(value));
    }

    @ParameterizedTest
    @CsvSource({"16, 16", "1000, 1000", "1024, 1K", "1536, 1536", "65536, 64K", "1048576, 1M", "1049600, 1025K"})
    void bytesAreInBinaryUnitsWhereTheyAreWhole(long bytes, String text) {
        assertEquals(text, Figures.bytes(bytes));
    }
}
