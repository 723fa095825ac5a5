package io.offheap.bench.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.bench.vm.SideBySide.Taken;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SideBySideTest {

    private final List<String> steps = new ArrayList<>();

    @Test
    void takesTurnsInWhichEverybodyIsFirstOnce() {
        final SideBySide measured = SideBySide.measure(0, 2, List.of(work("a"), work("b")));
        assertEquals("a b a b a b b a", String.join(" ", steps.stream().filter(step -> step.length() == 1).toList()));
        assertEquals(2, measured.taken().get(0).size());
        assertEquals(2, measured.taken().get(1).size());
        assertEquals(List.of("+a", "a", "-a"), steps.subList(0, 3));
    }

    @Test
    void aBatchThatFailsIsFinished() {
        final Work failing = new Work("a", 1, () -> steps.add("+"), () -> {
            throw new IllegalStateException("no");
        }, () -> steps.add("-"));
        assertThrows(IllegalStateException.class, () -> SideBySide.measure(0, 1, List.of(failing)));
        assertEquals(List.of("+", "-"), steps);
    }

    @Test
    void ratiosAreRoundByRound() {
        final SideBySide measured = new SideBySide(
                List.of(work("a"), work("b")),
                List.of(List.of(new Taken(9, 2), new Taken(9, 40)), List.of(new Taken(9, 1), new Taken(9, 10))));
        assertEquals(3, measured.ratio(0, 1).median());
        assertEquals(21, measured.cpu(0).median());
        assertEquals(1, measured.only(1).works().size());
        assertEquals(5.5, measured.only(1).cpu(0).median());
    }

    private Work work(String name) {
        return new Work(name, 1, () -> steps.add("+" + name), () -> steps.add(name) ? 1 : 0, () -> steps.add("-" + name));
    }
}
