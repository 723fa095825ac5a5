package io.offheap.memory.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageOwnersTest {

    private final PageOwners owners = new PageOwners();
    private final List<String> zapped = new ArrayList<>();

    @Test
    void firstOwnerTakesNothingFromAnybody() {
        acquire(3, "N1");
        acquire(3, "N1");
        assertEquals("N1", owners.owner(3));
        assertEquals(0, owners.transfers(3));
        assertEquals(List.of(), zapped);
        assertNull(owners.owner(4));
    }

    @Test
    void loserIsZappedBeforeTheNextOwnerHasThePage() {
        acquire(0, "N1");
        owners.acquire(0, "N2", (index, node) -> zapped.add(index + " " + node + " while owned by " + owners.owner(0)));
        assertEquals(List.of("0 N1 while owned by N1"), zapped);
        assertEquals("N2", owners.owner(0));
        assertEquals(1, owners.transfers(0));
    }

    @Test
    void zapThatFailsLeavesTheOwner() {
        acquire(0, "N1");
        assertThrows(IllegalStateException.class, () -> owners.acquire(0, "N2", (_, _) -> {
            throw new IllegalStateException();
        }));
        assertEquals("N1", owners.owner(0));
    }

    private void acquire(long index, String node) {
        owners.acquire(index, node, (lost, loser) -> zapped.add(lost + " " + loser));
    }
}
