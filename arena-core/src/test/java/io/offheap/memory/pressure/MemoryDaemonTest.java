package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.util.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class MemoryDaemonTest {

    /// Of [FakeFiles].
    private static final int FIRST_DESCRIPTOR = 3;

    private final FakeFiles files = new FakeFiles();
    private final RecordingLogger logger = new RecordingLogger();

    /// Time stands still: a client is called at registration and when it is woken, and never because it is due.
    private final Ticker still = () -> 0;
    private final MemoryDaemon daemon = new MemoryDaemon(files, still, logger);

    @AfterEach
    void nothingIsLeft() {
        assertEquals(0, files.openCount());
        assertFalse(isRunning());
    }

    private static boolean isRunning() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals(MemoryDaemon.THREAD_NAME));
    }

    @Test
    void oneDaemonThreadServesAllClientsAndEndsWithTheLast() throws InterruptedException {
        final var a = new FakeClient("a");
        final var b = new FakeClient("b");
        final var first = daemon.register(a);
        final var second = daemon.register(b);
        a.next();
        b.next();
        assertSame(a.thread, b.thread);
        assertTrue(a.thread.isDaemon());
        assertEquals(MemoryDaemon.THREAD_NAME, a.thread.getName());
        first.close();
        assertTrue(a.thread.isAlive());
        second.close();
        assertFalse(a.thread.isAlive());
    }

    @Test
    void wakeServesLongBeforeThePeriodIsOver() throws InterruptedException {
        final var client = new FakeClient("a");
        try (var place = daemon.register(client)) {
            client.next();
            for (int i = 0; i < 100; i++) {
                place.wake();
                client.next();
                daemon.wake();
                client.next();
            }
        }
    }

    @Test
    void clientThatComesLaterIsServedAtOnceToo() throws InterruptedException {
        files.timeOutLate();
        final var second = new FakeClient("second");
        try (var _ = daemon.register(new FakeClient("first"))) {
            until(() -> files.waitCount() > 0);
            try (var _ = daemon.register(second)) {
                second.next();
            }
        }
    }

    @Test
    void wakingOneClientLeavesTheOthersAlone() throws InterruptedException {
        final var a = new FakeClient("a");
        final var b = new FakeClient("b");
        try (var first = daemon.register(a); var second = daemon.register(b)) {
            a.next();
            b.next();
            final int before = b.count;
            first.wake();
            a.next();
            second.wake();
            b.next();
            assertEquals(before + 1, b.count);
        }
    }

    @Test
    void closeReturnsOnlyAfterTheServingIsOver() throws InterruptedException {
        final var client = new FakeClient("a");
        final var entered = new CountDownLatch(1);
        final var mayLeave = new CountDownLatch(1);
        final var left = new AtomicReference<>(false);
        client.work = () -> {
            entered.countDown();
            await(mayLeave);
            left.set(true);
        };
        try (var _ = daemon.register(new FakeClient("keeps it running"))) {
            final var place = daemon.register(client);
            await(entered);
            final var seen = new AtomicReference<Boolean>();
            final var closer = Thread.ofPlatform().start(() -> {
                place.close();
                seen.set(left.get());
            });
            while (closer.getState() != Thread.State.WAITING) {
                assertTrue(closer.isAlive(), "close did not wait");
                Thread.onSpinWait();
            }
            mayLeave.countDown();
            closer.join();
            assertEquals(true, seen.get());
            final int count = client.count;
            daemon.wake();
            place.close();
            assertEquals(count, client.count);
        }
    }

    @Test
    void lastClientMayCloseItselfOnTheDaemon() throws InterruptedException {
        final var client = new FakeClient("a");
        final var place = new AtomicReference<MemoryDaemon.Registration>();
        final var isSet = new CountDownLatch(1);
        client.work = () -> {
            await(isSet);
            place.get().close();
        };
        place.set(daemon.register(client));
        isSet.countDown();
        client.next();
        client.thread.join();
        assertEquals(1, client.count);
    }

    @Test
    void aNewClientAfterTheLastGetsANewThread() throws InterruptedException {
        final var client = new FakeClient("a");
        Thread before = null;
        for (int i = 0; i < 500; i++) {
            final var place = daemon.register(client);
            client.next();
            place.close();
            assertFalse(client.thread.isAlive());
            assertNotSame(before, client.thread);
            before = client.thread;
        }
    }

    @Test
    void lastClientNeedNotWaitForTheThreadWhenAnotherComes() throws InterruptedException {
        final var mayGoOn = new AtomicReference<>(new CountDownLatch(0));
        final var isHeld = new CountDownLatch(1);
        final var held = new MemoryDaemon(files, () -> {
            if (mayGoOn.get().getCount() > 0) {
                isHeld.countDown();
                await(mayGoOn.get());
            }
            return 0;
        }, logger);
        final var first = new FakeClient("first");
        final var second = new FakeClient("second");
        final var place = held.register(first);
        first.next();
        mayGoOn.set(new CountDownLatch(1));
        place.wake();
        await(isHeld);
        final var closer = Thread.ofPlatform().start(place::close);
        while (closer.getState() != Thread.State.WAITING) {
            assertTrue(closer.isAlive(), "close did not wait");
            Thread.onSpinWait();
        }
        try (var _ = held.register(second)) {
            mayGoOn.get().countDown();
            second.next();
            closer.join(TimeUnit.SECONDS.toMillis(FakeClient.PATIENCE_SECONDS));
            assertFalse(closer.isAlive());
            assertSame(first.thread, second.thread);
        }
    }

    @Test
    void interruptThatAClientLeavesBehindDoesNotEndTheThread() throws InterruptedException {
        final var client = new FakeClient("a");
        client.work = () -> Thread.currentThread().interrupt();
        try (var place = daemon.register(client)) {
            client.next();
            place.wake();
            client.next();
            assertEquals(List.of(), logger.lines);
        }
    }

    /// A parked thread with its interrupt set does not sleep.
    @Test
    void interruptThatAClientLeavesBehindIsClearedBeforeTheThreadWaits() throws InterruptedException {
        files.refuseEvents(FakeFiles.EMFILE);
        final var turns = new LinkedBlockingQueue<Boolean>();
        final var client = new FakeClient("a");
        client.work = () -> Thread.currentThread().interrupt();
        final var asking = new MemoryDaemon(files, () -> {
            turns.add(Thread.currentThread().isInterrupted());
            return 0;
        }, logger);
        try (var place = asking.register(client)) {
            client.next();
            place.wake();
            client.next();
        }
        assertFalse(turns.contains(true));
    }

    /// The client closes itself, so that nobody but the thread has its descriptor to close.
    @Test
    void clientThatMeetsAThreadThatIsEndingGetsTheNext() throws InterruptedException {
        final var isEnding = new CountDownLatch(1);
        final var mayEnd = new CountDownLatch(1);
        files.beforeClose = () -> {
            isEnding.countDown();
            await(mayEnd);
        };
        final var first = new FakeClient("first");
        final var place = new AtomicReference<MemoryDaemon.Registration>();
        final var isSet = new CountDownLatch(1);
        first.work = () -> {
            await(isSet);
            place.get().close();
        };
        place.set(daemon.register(first));
        isSet.countDown();
        await(isEnding);
        final var second = new FakeClient("second");
        final var registration = new AtomicReference<MemoryDaemon.Registration>();
        final var comer = Thread.ofPlatform().start(() -> registration.set(daemon.register(second)));
        while (comer.getState() != Thread.State.WAITING) {
            assertTrue(comer.isAlive(), "register did not wait");
            Thread.onSpinWait();
        }
        mayEnd.countDown();
        second.next();
        comer.join();
        first.thread.join();                                            // nobody else waits for it
        assertNotSame(first.thread, second.thread);
        registration.get().close();
    }

    @Test
    void interruptedCallerStillWaitsForTheThread() throws InterruptedException {
        final var client = new FakeClient("a");
        final var place = daemon.register(client);
        client.next();
        Thread.currentThread().interrupt();
        place.close();
        assertTrue(Thread.interrupted());
        assertFalse(client.thread.isAlive());
    }

    @Test
    void withoutAnEventDescriptorTheThreadParksAndIsStillWoken() throws InterruptedException {
        files.refuseEvents(FakeFiles.EMFILE);
        servesWhenWoken(() -> true);
        assertEquals(0, files.waitCount());
        assertEquals(1, logger.lines.size());
    }

    @Test
    void whereWaitingFailsTheThreadParksAndIsStillWoken() throws InterruptedException {
        files.refuseToWait(FakeFiles.EIO);
        servesWhenWoken(() -> files.waitCount() == 1);
        assertEquals(1, files.waitCount());
    }

    @Test
    void anEventThatCannotBeDrainedDoesNotWakeForEver() throws InterruptedException {
        files.refuseToDrain(FakeFiles.EIO);
        files.timeOutLate();                                            // once would be a second wait
        servesWhenWoken(() -> files.waitCount() == 1);
        assertEquals(1, files.waitCount());
    }

    @Test
    void waitingThatFailsLaterIsReportedOnce() throws InterruptedException {
        final var client = new FakeClient("a");
        try (var place = daemon.register(client)) {
            client.next();
            files.refuseToWait(FakeFiles.EIO);
            until(() -> logger.lines.size() == 1);
            for (int i = 0; i < 10; i++) {
                place.wake();
                client.next();
            }
        }
        assertEquals(1, logger.lines.size());
    }

    /// Whoever is the last to use the descriptor closes it: the daemon's thread, or this one if it has not come back from waking that.
    @Test
    void threadThatFailsAtItsEndKeepsNobodyWaiting() throws InterruptedException {
        final var client = new FakeClient("a");
        final var waker = Thread.currentThread();
        final var failures = new AtomicInteger();
        files.beforeClose = () -> {
            if (Thread.currentThread() != waker) {
                failures.incrementAndGet();
                throw new OutOfMemoryError("simulated");
            }
        };
        try (var _ = daemon.register(client)) {
            client.next();
        }
        assertFalse(client.thread.isAlive());
        assertEquals(failures.get(), logger.lines.size(), () -> "the failure is reported once: " + logger.lines);
        files.beforeClose = () -> { };
        if (failures.get() != 0) {
            files.close(FIRST_DESCRIPTOR);
        }
    }

    private static void until(BooleanSupplier condition) {
        final long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(FakeClient.PATIENCE_SECONDS), "waited in vain");
            Thread.onSpinWait();
        }
    }

    private void servesWhenWoken(BooleanSupplier isAsleep) throws InterruptedException {
        final var client = new FakeClient("a");
        try (var place = daemon.register(client)) {
            client.next();
            until(isAsleep);
            for (int i = 0; i < 10; i++) {
                place.wake();
                client.next();
            }
        }
        assertFalse(client.thread.isAlive());
    }

    @Test
    void theClockCallsAClientThatIsNotWoken() throws InterruptedException {
        final var client = new FakeClient("a");
        client.answerNanos = 0;
        try (var _ = new MemoryDaemon(files, Ticker.SYSTEM, logger).register(client)) {
            client.next();
            client.next();
            client.next();
        }
    }

    /// Clients that come and go on several threads: each is served, none after its close, and the thread ends.
    @Test
    void comingAndGoingLosesNothing() throws InterruptedException {
        final var failure = new AtomicReference<Throwable>();
        final var threads = new ArrayList<Thread>();
        for (int t = 0; t < 4; t++) {
            final var random = new Random(t);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 500; i++) {
                        final var client = new FakeClient("c");
                        final var place = daemon.register(client);
                        if (random.nextBoolean()) {
                            client.next();
                            client.forgetCalls();
                            place.wake();
                            client.next();
                        }
                        place.close();
                        final int count = client.count;
                        if (random.nextInt(10) == 0) {
                            daemon.wake();
                        }
                        assertEquals(count, client.count);
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            }));
        }
        for (final var thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        assertEquals(List.of(), logger.lines);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(FakeClient.PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
