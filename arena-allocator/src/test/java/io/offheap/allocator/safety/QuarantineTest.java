package io.offheap.allocator.safety;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuarantineTest {

    private static final int COST = 100 + Quarantine.RECORD_BYTES;

    private static Block block(long address, long size) {
        return Block.plain(address, size, address + size, null);
    }

    @Test
    void oldestLeaveWhenTheBytesAreTooMany() {
        final var quarantine = new Quarantine(2 * COST);
        final var blocks = List.of(block(1000, 100), block(2000, 100), block(3000, 100));
        quarantine.add(blocks.get(0));
        quarantine.add(blocks.get(1));
        assertNull(quarantine.takeExcess());
        quarantine.add(blocks.get(2));
        assertSame(blocks.get(0), quarantine.takeExcess());
        assertNull(quarantine.takeExcess());
        final var left = new ArrayList<Block>();
        quarantine.forEach(left::add);
        assertEquals(blocks.subList(1, 3), left);
        assertSame(blocks.get(1), quarantine.takeOldest());
        assertSame(blocks.get(2), quarantine.takeOldest());
        assertNull(quarantine.takeOldest());
    }

    @Test
    void blockThatIsLargerThanTheQuarantineIsNotAdmitted() {
        final var quarantine = new Quarantine(COST);
        assertTrue(quarantine.admits(block(1000, 100)));
        assertFalse(quarantine.admits(block(1000, 101)));
        assertFalse(new Quarantine(0).admits(block(1000, 0)));
    }
}
