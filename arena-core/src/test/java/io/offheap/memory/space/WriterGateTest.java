package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.testkit.Race;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WriterGateTest {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int ROUNDS = 50_000;
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(3);

    /// Three words that do not share a cache line.
    private static final int CLOSED = 16;
    private static final int STORED = 48;
    private static final int OVER = 80;
    private final long[] words = new long[96];

    /// More than the caches of a processor hold: stores to it take long, and those behind them wait.
    private final long[] cold = new long[1 << 22];
    private static final int COLD_STORES = 24;

    /// Check and store are one step: whoever checked before the change has stored before the wait ends. Both sides
    /// store and then look at what the other has stored, so without a barrier on both both may look too early.
    @Test
    void noStoreLandsAfterTheWait() {
        try (var race = new Race()) {
            race.run(this::write, () -> {
                try {
                    closeAgainAndAgain();
                } finally {
                    WORD.setVolatile(words, OVER, 1);
                }
            });
        }
        assertTrue(words[STORED] > 0, "nothing was stored");
    }

    /// The processor keeps stores in their order but does not wait for them: behind cold ones the announcement is seen by
    /// nobody for a microsecond, while the check has been made. Only a barrier that waits for it can help.
    private void write() {
        final var slot = WriterGate.slot();
        long random = 42;
        for (long value = 1; (long) WORD.getOpaque(words, OVER) == 0; ) {
            for (int i = 0; i < COLD_STORES; i++) {
                random = random * 6364136223846793005L + 1442695040888963407L;
                cold[(int) (random >>> 42)] = random;
            }
            slot.enter();
            if ((long) WORD.getOpaque(words, CLOSED) == 0) {
                WORD.setOpaque(words, STORED, value++);
            }
            slot.exit();
        }
    }

    private void closeAgainAndAgain() {
        while ((long) WORD.getOpaque(words, STORED) == 0) {
            Thread.onSpinWait();
        }
        final long end = System.nanoTime() + MOST_NANOS;
        for (int round = 0; round < ROUNDS && System.nanoTime() < end; round++) {
            WORD.setOpaque(words, CLOSED, 1);
            WriterGate.awaitWriters();
            final long stored = (long) WORD.getOpaque(words, STORED);
            for (int look = 0; look < 400; look++) {
                assertEquals(stored, (long) WORD.getOpaque(words, STORED), "a store after the wait");
            }
            WORD.setOpaque(words, CLOSED, 0);
            while ((long) WORD.getOpaque(words, STORED) == stored && System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }
    }

    /// An error may end a writer before it has taken its announcement back. Its next one is an announcement all the same.
    @Test
    void announcementThatWasLeftDoesNotTurnTheNextOneRound() {
        final var slot = new WriterGate.Slot(0);
        assertFalse(slot.isBusy());
        slot.enter();
        assertTrue(slot.isBusy());
        slot.enter();
        assertTrue(slot.isBusy(), "twice");
        slot.exit();
        assertFalse(slot.isBusy());
        slot.enter();
        slot.exit();
        assertFalse(slot.isBusy());
    }

    /// Slots are found by the low bits of a thread's number, and no thread may get another's.
    @Test
    void everyThreadHasASlotOfItsOwn() throws Exception {
        final var own = WriterGate.slot();
        for (int i = 0; i < 600; i++) {
            final var thread = Thread.ofPlatform().unstarted(() -> {
                final var slot = WriterGate.slot();
                assertEquals(Thread.currentThread().threadId(), slot.thread);
                assertSame(slot, WriterGate.slot());
                assertTrue(slot.isOwn());
                assertFalse(own.isOwn());
            });
            final Throwable[] thrown = new Throwable[1];
            thread.setUncaughtExceptionHandler((_, failure) -> thrown[0] = failure);
            thread.start();
            thread.join();
            assertNull(thrown[0]);
        }
        assertSame(own, WriterGate.slot());
        final var virtual = new WriterGate.Slot[] {own};
        Thread.ofVirtual().start(() -> virtual[0] = WriterGate.slot()).join();
        assertNull(virtual[0], "there may be millions of virtual threads");
    }
}
