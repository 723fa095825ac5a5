package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.testkit.Race;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
            race.run(this::putLongAnnounced, () -> {
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
    ///
    /// It has the name of a method that announces: who waits looks for it.
    private void putLongAnnounced() {
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
        final var slot = new WriterGate.Slot(0, null);
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

    /// The number of a step goes on from one announcement to the next, whichever it is of.
    @Test
    void announcementsOfReadersAndWritersFollowEachOther() {
        final var slot = new WriterGate.Slot(0, null);
        for (int step = 1; step <= 40; step++) {
            slot.enter(step % 3 == 0);
            assertTrue(slot.isBusy());
            if (step % 5 != 0) {                                        // else it is left
                slot.exit();
                assertFalse(slot.isBusy());
            }
            assertEquals(step % 8 == 0, slot.isCounted(8), "step " + step);
        }
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

    /// Who waits tells those who announce by the names of their methods.
    @Test
    void everyMethodThatAnnouncesIsKnown() throws Exception {
        final var found = new TreeSet<String>();
        final var classes = Path.of(WriterGate.class.getResource("WriterGate.class").toURI()).getParent();
        try (var files = Files.list(classes)) {
            for (final var file : files.filter(name -> !name.getFileName().toString().startsWith("WriterGate")).toList()) {
                ClassFile.of().parse(file).methods().stream().filter(WriterGateTest::announces)
                        .forEach(method -> found.add(method.methodName().stringValue()));
            }
        }
        assertEquals(new TreeSet<>(WriterGate.ANNOUNCING), found);
    }

    private static boolean announces(MethodModel method) {
        return method.code().stream().flatMap(CodeModel::elementStream)
                .anyMatch(element -> element instanceof InvokeInstruction call
                        && call.owner().asInternalName().startsWith("io/offheap/memory/space/WriterGate")
                        && (call.name().equalsString("enter") || call.name().equalsString("borrow")));
    }

    /// A stack may overflow between an announcement and its end. Nobody waits for ever then, whether the thread lives or not.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void announcementThatWasLeftIsNotWaitedFor() throws InterruptedException {
        final var busy = new AtomicReference<WriterGate.Slot>();
        final var mayEnd = new CountDownLatch(1);
        final var isBusy = new CountDownLatch(1);
        final var living = Thread.ofPlatform().start(() -> {
            busy.set(WriterGate.slot());
            busy.get().enter();
            isBusy.countDown();
            awaitUninterruptibly(mayEnd);
        });
        isBusy.await();
        WriterGate.awaitWriters();
        assertFalse(busy.get().isBusy(), "its thread does something else");
        mayEnd.countDown();
        living.join();
        final var ended = Thread.ofPlatform().start(() -> {
            busy.set(WriterGate.slot());
            busy.get().enter();
        });
        ended.join();
        WriterGate.awaitWriters();
        assertFalse(busy.get().isBusy(), "its thread has ended");
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Slots that nobody can give back any more can be borrowed again once somebody has waited for them.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void lentSlotsThatWereLeftCanBeBorrowedAgain() throws InterruptedException {
        final var lent = new ArrayList<WriterGate.Slot>();
        Thread.ofVirtual().start(() -> {
            for (var slot = WriterGate.borrow(false); slot != null; slot = WriterGate.borrow(false)) {
                lent.add(slot);
            }
        }).join();
        assertFalse(lent.isEmpty());
        WriterGate.awaitWriters();
        final var again = WriterGate.borrow(false);
        assertTrue(lent.contains(again));
        WriterGate.giveBack(again);
    }
}
