package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FrameRunTest {

    private final FrameRun run = new FrameRun(4096);

    private void assertRun(long firstPage, long firstAddress, long pages) {
        assertEquals("%d 0x%x %d".formatted(firstPage, firstAddress, pages),
                "%d 0x%x %d".formatted(run.firstPage(), run.firstAddress(), run.pages()));
    }

    @Test
    void growsByNeighboursAndBeginsAnewElsewhere() {
        run.add(7, 0x70000);
        assertRun(7, 0x70000, 1);
        run.add(8, 0x71000);
        assertRun(7, 0x70000, 2);
        run.add(7, 0x70000);
        run.add(8, 0x71000);
        assertRun(7, 0x70000, 2);
        run.add(9, 0x73000);
        assertRun(9, 0x73000, 1);
        run.add(11, 0x75000);
        assertRun(11, 0x75000, 1);
        run.add(10, 0x74000);
        assertRun(10, 0x74000, 1);
        run.clear();
        assertRun(0, 0, 0);
    }
}
