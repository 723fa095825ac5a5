package io.offheap.memory.range;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkSetTest {

    private final MarkSet marks = new MarkSet();

    @Test
    void overlappingMarksBecomeOneRangeAsYoungAsTheLast() {
        marks.mark(0, 4, true, 1);
        marks.mark(3, 6, true, 2);
        assertEquals(List.of(new Interval<>(0, 6, new Mark(true, 2))), marks.all());
    }

    @Test
    void unionIsFullOnlyIfAllPartsWere() {
        marks.mark(0, 2, true, 1);
        marks.mark(4, 6, true, 2);
        marks.mark(1, 5, false, 3);
        assertEquals(List.of(new Interval<>(0, 6, new Mark(false, 3))), marks.all());
    }

    @Test
    void markInsideARangeChangesNothing() {
        marks.mark(0, 6, true, 1);
        marks.mark(2, 4, false, 2);
        marks.mark(0, 6, false, 3);
        assertEquals(List.of(new Interval<>(0, 6, new Mark(true, 1))), marks.all());
    }

    @Test
    void neighboursStayTwo() {
        marks.mark(0, 2, true, 1);
        marks.mark(2, 4, true, 2);
        assertEquals(2, marks.all().size());
    }

    @Test
    void partsOfARangeThatWasCutKeepItsAge() {
        marks.mark(0, 6, true, 1);
        marks.unmark(2, 4);
        assertEquals(List.of(new Interval<>(0, 2, new Mark(true, 1)), new Interval<>(4, 6, new Mark(true, 1))),
                marks.all());
    }

    @Test
    void markOverTheGapOfACutRangeJoinsBothParts() {
        marks.mark(0, 6, true, 1);
        marks.unmark(2, 4);
        marks.mark(1, 5, true, 2);
        assertEquals(List.of(new Interval<>(0, 6, new Mark(true, 2))), marks.all());
    }
}
