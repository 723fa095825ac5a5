package io.offheap.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void firstColumnReadsFromTheLeftAndFiguresLineUpAtTheRight() {
        final Table table = new Table("name", "records/s").row("a", "7").row("longer", "1,234,567,890");
        assertEquals(
                """
                name        records/s
                ----        ---------
                a                   7
                longer  1,234,567,890
                """,
                table.text());
    }

    @Test
    void aRowHasAsManyCellsAsThereAreHeadings() {
        assertThrows(IllegalArgumentException.class, () -> new Table("name", "value").row("a"));
    }
}
