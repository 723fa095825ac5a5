package io.offheap.bench.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class OwnBudgetTest {

    private static final long SELF = ProcessHandle.current().pid();

    @Test
    void countsWhatIsResidentAndSaysSo() {
        try (OwnBudget budget = new OwnBudget(MemoryLimit.UNLIMITED, "nobody may")) {
            budget.add(SELF);
            budget.look();
            assertTrue(budget.usage().nowBytes() > 1 << 20, () -> budget.usage().toString());
            assertTrue(budget.usage().peakBytes() >= budget.usage().nowBytes(), () -> budget.usage().toString());
            assertEquals(0, budget.usage().kills());
            assertTrue(budget.kind().contains("own budget") && budget.kind().contains("nobody may"), budget::kind);
        }
    }

    @Test
    void aLookThatFindsMoreThanTheBudgetFails() {
        try (OwnBudget budget = new OwnBudget(1 << 20, "")) {
            budget.add(SELF);
            final var exceeded = assertThrows(LimitExceededException.class, budget::look);
            assertTrue(exceeded.getMessage().contains("budget of 1 MiB"), exceeded::getMessage);
            assertEquals(1, budget.usage().kills());
        }
    }
}
