package io.offheap.memory.util;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StackRoomTest {

    private static final long STACK_BYTES = 512 << 10;

    /// Of a recursion, the first depth at which there is too little; -1 until then.
    private int lacksMuch = -1;
    private int lacksLittle = -1;
    private int deepest;

    @Test
    void whereThereIsStackNothingHappens() {
        assertDoesNotThrow(StackRoom::requireMuch);
        assertDoesNotThrow(StackRoom::requireLittle);
    }

    /// Whatever of it the JIT has compiled by then.
    @Test
    void theEndOfTheStackIsToldBeforeItComes() throws InterruptedException {
        for (int round = 0; round < 30; round++) {
            lacksMuch = -1;
            lacksLittle = -1;
            final var thread = new Thread(null, this::overflow, "deep", STACK_BYTES);
            thread.start();
            thread.join();
            final var seen = "at %d and %d of %d".formatted(lacksMuch, lacksLittle, deepest);
            assertTrue(0 < lacksMuch && lacksMuch < lacksLittle && lacksLittle < deepest, seen);
        }
    }

    private void overflow() {
        try {
            descend(0);
        } catch (StackOverflowError _) {
            // as it should be
        }
    }

    private int descend(int depth) {
        deepest = depth;
        if (lacksMuch < 0) {
            try {
                StackRoom.requireMuch();
            } catch (StackOverflowError _) {
                lacksMuch = depth;
            }
        }
        if (lacksLittle < 0) {
            try {
                StackRoom.requireLittle();
            } catch (StackOverflowError _) {
                lacksLittle = depth;
            }
        }
        return descend(depth + 1) + 1;
    }
}
