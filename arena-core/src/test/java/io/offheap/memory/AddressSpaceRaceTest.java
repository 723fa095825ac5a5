package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.SegmentationFaultException;
import io.offheap.testkit.Race;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What may come of two threads that meet at one page. The comments name every outcome that is allowed.
class AddressSpaceRaceTest {

    private static final int ROUNDS = Integer.getInteger("io.offheap.test.vm.rounds", 1_500);
    private static final int BULK = 128;
    private static final long INTERRUPTED_MILLIS = Long.getLong("io.offheap.test.vm.interrupted", 2_500);
    private static final long ALL = Long.MAX_VALUE;
    private static final long BUS = -1;
    private static final long DATA = 0x1111_1111_1111_1111L;
    private static final long OTHERS = 0x2222_2222_2222_2222L;

    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(256 << 20).build();
    private final long page = domain.pageSize();
    private final Race race = new Race();

    @AfterEach
    void close() {
        race.close();
        domain.checkInvariants();
        domain.close();
    }

    /// (INTACT, data) or (PURGED, zero); never a loss that is not reported, nor a report without loss.
    @Test
    void purgeAndUnmarkOfOnePageExcludeEachOther() {
        final long[] outcomes = new long[2];
        // on a machine that is busy elsewhere one of the two may come first for a long time
        for (int round = 0; round < ROUNDS || Math.min(outcomes[0], outcomes[1]) == 0 && round < 100 * ROUNDS; round++) {
            try (var space = marked(1)) {
                final Contents[] found = new Contents[1];
                race.run(() -> domain.purge(ALL), () -> found[0] = space.unmarkVolatile(0, page));
                assertEquals(found[0] == Contents.INTACT ? DATA : 0, space.getLong(0));
                outcomes[found[0].ordinal()]++;
            }
        }
        assertTrue(outcomes[0] > 0 && outcomes[1] > 0, "both outcomes must have been met: " + outcomes[0] + ", " + outcomes[1]);
    }

    /// INTACT and eight pages of data, or PURGED and eight of zeros.
    @Test
    void fullRangeIsLostAsAWholeOrNotAtAll() {
        for (int round = 0; round < ROUNDS; round++) {
            try (var space = marked(8)) {
                final Contents[] found = new Contents[1];
                race.run(() -> domain.purge(page), () -> found[0] = space.unmarkVolatile(0, 8 * page));
                for (int i = 0; i < 8; i++) {
                    assertEquals(found[0] == Contents.INTACT ? DATA : 0, space.getLong(i * page), "page " + i);
                }
            }
        }
    }

    /// Of two overlapping unmarks each purged page is reported by exactly one, so at least one says PURGED.
    @Test
    void overlappingUnmarksReportEachPageOnce() {
        for (int round = 0; round < ROUNDS; round++) {
            try (var space = marked(6)) {
                domain.purge(ALL);
                final Contents[] found = new Contents[2];
                assertEquals(Contents.PURGED, space.unmarkVolatile(0, 2 * page));
                assertEquals(Contents.PURGED, space.unmarkVolatile(4 * page, 2 * page));
                race.run(() -> found[0] = space.unmarkVolatile(0, 4 * page),
                        () -> found[1] = space.unmarkVolatile(2 * page, 4 * page));
                assertTrue(found[0] != found[1], found[0] + " twice");
            }
        }
    }

    /// Both lose the page or both keep it.
    @Test
    void forkIsBeforeOrAfterAPurge() {
        for (int round = 0; round < ROUNDS; round++) {
            try (var space = marked(1)) {
                final AddressSpace[] child = new AddressSpace[1];
                race.run(() -> child[0] = space.fork("child"), () -> domain.purge(ALL));
                assertEquals(read(space, 0), read(child[0], 0));
                assertEquals(space.unmarkVolatile(0, page), child[0].unmarkVolatile(0, page));
                child[0].close();
            }
        }
    }

    /// The writer's page is whole (its word and the data around it), or it was told, or it lost the page after.
    @Test
    void copyOnWriteNeverCopiesAPurgedPage() {
        for (int round = 0; round < ROUNDS; round++) {
            try (var space = marked(1); var child = space.fork("child")) {
                final boolean[] written = new boolean[1];
                race.run(() -> {
                    try {
                        child.putLong(0, 7);
                        written[0] = true;
                    } catch (BusErrorException purged) {
                        assertEquals(0, purged.address());
                    }
                }, () -> domain.purge(ALL));
                final long around = read(child, 8);
                assertTrue(around == BUS || around == DATA, () -> Long.toHexString(around));
                if (around == DATA) {
                    assertEquals(written[0] ? 7 : DATA, read(child, 0));
                }
                assertEquals(BUS, read(space, 0));
            }
        }
    }

    /// The old data or a bus error; never what the next tenant of the frame writes, never a silent zero.
    @Test
    void readerWithoutAPinSeesItsOwnBytesOrAnException() throws Exception {
        final var stop = new AtomicBoolean();
        final var shown = new AtomicLong();
        final var victim = new AtomicReference<>(marked(BULK));
        race.run(() -> {
            final var bulk = MemorySegment.ofArray(new long[(int) (BULK * page / Long.BYTES)]);
            while (!stop.get()) {
                final var space = victim.get();
                try {
                    final long value = read(space, (BULK - 1) * page + 16);
                    assertTrue(value == DATA || value == BUS, () -> "single: " + Long.toHexString(value));
                    space.read(0, bulk);
                    for (long at = 0; at < bulk.byteSize(); at += 512) {
                        final long word = bulk.get(ValueLayout.JAVA_LONG, at);
                        assertEquals(DATA, word, () -> "bulk: " + Long.toHexString(word));
                    }
                    shown.incrementAndGet();
                } catch (BusErrorException purged) {
                    assertTrue(purged.address() < BULK * page);
                } catch (SegmentationFaultException unmapped) {
                    assertTrue(space != victim.get(), "the space is still in use");
                }
            }
        }, () -> {
            try {
                // on a machine that is busy elsewhere the reader may not have come to read anything yet
                for (int round = 0; round < ROUNDS / 5 || shown.get() == 0 && round < 100 * ROUNDS; round++) {
                    domain.purge(ALL);
                    try (var tenant = domain.newSpace("tenant")) {
                        tenant.map(0, BULK * page);
                        fill(tenant, BULK, OTHERS);
                        final var old = victim.get();
                        victim.set(marked(BULK));
                        fill(tenant, BULK, OTHERS);
                        old.exec();
                    }
                }
            } finally {
                stop.set(true);
            }
        });
        assertTrue(shown.get() > 0, "no bulk read has met its data");
        victim.get().close();
    }

    /// Data or zeros, never what the next tenant of the frame writes, also if the reader loses its processor between its
    /// look at the page table and its look at the bytes. It does so all the time: there are more readers than processors.
    ///
    /// With 8 pages the page is looked up, with 512 it lies in a line.
    @ParameterizedTest
    @ValueSource(ints = {8, 512})
    void interruptedReaderIsNotShownAnothersBytes(int pages) {
        final long lost = 5 * page;
        final var stop = new AtomicBoolean();
        final var victim = domain.newSpace("victim");
        final var tenant = domain.newSpace("tenant");
        victim.map(0, pages * page);
        tenant.map(0, page);
        fill(victim, pages, DATA);
        final var legs = new Race.Leg[1 + 3 * Runtime.getRuntime().availableProcessors()];
        Arrays.fill(legs, (Race.Leg) () -> {
            while (!stop.get()) {
                for (int i = 0; i < 1000; i++) {
                    final long value = victim.getLong(lost);
                    assertTrue(value == DATA || value == 0, () -> Long.toHexString(value));
                }
            }
        });
        legs[0] = () -> {
            try {
                final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERRUPTED_MILLIS);
                while (System.nanoTime() < end) {
                    victim.drop(lost, page);
                    tenant.putLong(0, OTHERS);                          // in the frame that the victim has just lost
                    for (int i = 0; i < 200; i++) {
                        assertEquals(OTHERS, tenant.getLong(0));
                    }
                    tenant.drop(0, page);
                    victim.putLong(lost, DATA);
                    for (int i = 0; i < 200; i++) {
                        assertEquals(DATA, victim.getLong(lost));
                    }
                }
            } finally {
                stop.set(true);
            }
        };
        race.run(legs);
        victim.close();
        tenant.close();
    }

    /// All data, or a bus error: a purge that overtakes a long copy must not leave zeros at its end. It passes over the pages
    /// that are being copied.
    @Test
    void bulkReadThatAPurgeOvertakesIsNotBelieved() {
        final int pages = 16_384;
        final int lost = 64;
        try (var space = domain.newSpace("long"); var arena = Arena.ofShared()) {
            space.map(0, pages * page);
            fill(space, pages, DATA);
            final var target = arena.allocate(pages * page, Long.BYTES);
            final var reads = new AtomicLong();
            for (int round = 0; round < ROUNDS / 20; round++) {
                final long turn = round;
                space.markVolatile((pages - lost) * page, lost * page);
                race.run(() -> {
                    try {
                        reads.incrementAndGet();
                        space.read(0, target);
                        for (long at = 0; at < target.byteSize(); at += 512) {
                            assertEquals(DATA, target.get(ValueLayout.JAVA_LONG, at));
                        }
                    } catch (BusErrorException purged) {
                        assertEquals((pages - lost) * page, purged.address());
                    }
                }, () -> {
                    while (reads.get() == turn) {
                        Thread.onSpinWait();
                    }
                    domain.purge(ALL);
                });
                final var contents = space.unmarkVolatile((pages - lost) * page, lost * page);
                final long expected = contents == Contents.PURGED ? 0 : DATA;
                for (long at = (pages - lost) * page; at < pages * page; at += 512) {
                    assertEquals(expected, space.getLong(at), contents::toString);
                }
                fill(space, pages - lost, lost, DATA);
            }
        }
    }

    /// A store lands in the page that was checked, before that page is another's.
    @Test
    void storeNeverLandsInAnothersFrame() {
        final var stop = new AtomicBoolean();
        final var target = marked(1);
        race.run(() -> {
            for (long value = 0; !stop.get(); value++) {
                try {
                    target.putLong(8 * (value & 255), DATA);
                } catch (BusErrorException purged) {
                    Thread.onSpinWait();
                }
            }
        }, () -> {
            try {
                for (int round = 0; round < 4 * ROUNDS; round++) {
                    final boolean purges = (round & 1) == 0;
                    if (purges) {
                        domain.purge(ALL);
                    } else {
                        target.drop(0, page);
                    }
                    try (var tenant = domain.newSpace("tenant")) {
                        tenant.map(0, 2 * page);
                        fill(tenant, 2, OTHERS);
                        target.unmarkVolatile(0, page);
                        for (long at = 0; at < 2 * page; at += 8) {
                            final long value = tenant.getLong(at);
                            assertEquals(OTHERS, value, () -> Long.toHexString(value));
                        }
                        target.markVolatile(0, page);
                    }
                }
            } finally {
                stop.set(true);
            }
        });
        target.close();
    }

    /// A snapshot is of one moment: it never changes, and shows no write without those before it.
    @Test
    void snapshotIsOneMomentWhileTheOriginalIsWritten() {
        try (var space = domain.newSpace("written")) {
            space.map(0, 4 * page);
            fill(space, 4, 0);
            final var stop = new AtomicBoolean();
            race.run(() -> {
                for (long value = 1; !stop.get(); value++) {
                    for (int i = 0; i < 4; i++) {
                        space.putLong(i * page, value);
                    }
                    for (int i = 0; i < 4; i++) {
                        assertEquals(value, space.getLong(i * page), "read what I wrote");
                    }
                }
            }, () -> {
                try {
                    long before = 0;
                    for (int round = 0; round < ROUNDS; round++) {
                        try (var snapshot = space.snapshot()) {
                            final long[] first = words(snapshot);
                            for (int i = 1; i < 4; i++) {
                                final long step = first[i - 1] - first[i];
                                assertTrue(step == 0 || step == 1 && first[0] - first[3] <= 1, "torn: " + first[0] + " to " + first[3]);
                            }
                            assertTrue(first[0] >= before, "back in time");
                            before = first[0];
                            Thread.yield();
                            for (int i = 0; i < 4; i++) {
                                assertEquals(first[i], snapshot.getLong(i * page), "a snapshot has changed");
                            }
                        }
                    }
                } finally {
                    stop.set(true);
                }
            });
        }
    }

    private long[] words(AddressSpace space) {
        final long[] words = new long[4];
        for (int i = 0; i < 4; i++) {
            words[i] = space.getLong(i * page);
        }
        return words;
    }

    /// What lies between head and tail of a ring is never lost, whoever marks it and whenever it is purged.
    @Test
    void ringBufferLosesNothingBetweenHeadAndTail() {
        final int slots = 8;
        final var ring = domain.newSharedObject("ring", slots * page);
        final var producer = domain.newSpace("producer");
        final var consumer = domain.newSpace("consumer");
        producer.map(0, slots * page, ring, 0, true);
        consumer.map(0, slots * page, ring, 0, true);
        ring.markVolatilePartially(0, slots * page);
        final var head = new AtomicLong();
        final var tail = new AtomicLong();
        final var stop = new AtomicBoolean();
        final long messages = ROUNDS;
        final var purged = new AtomicLong();
        final var random = new Random(17);
        race.run(() -> {
            for (long message = 1; message <= messages; message++) {
                while (tail.get() - head.get() == slots || message == messages && purged.get() == 0) {
                    Thread.yield();                     // not before some of what was let go of has been purged
                }
                final long slot = tail.get() % slots * page;
                ring.unmarkVolatile(slot, page);
                producer.putLong(slot, message);
                tail.incrementAndGet();
            }
        }, () -> {
            try {
                for (long message = 1; message <= messages; message++) {
                    while (tail.get() == head.get()) {
                        Thread.yield();
                    }
                    final long slot = head.get() % slots * page;
                    assertEquals(message, consumer.getLong(slot));
                    ring.markVolatilePartially(slot, page);
                    head.incrementAndGet();
                }
            } finally {
                stop.set(true);
            }
        }, () -> {
            while (!stop.get()) {
                purged.addAndGet(domain.purge((1 + random.nextInt(3)) * page));
                Thread.yield();
            }
        });
        assertTrue(purged.get() > 0, "nothing was purged");
        producer.close();
        consumer.close();
        ring.close();
    }

    /// Nodes that take turns move the page once a turn, and lose no increment.
    @Test
    void pageOfTwoNodesMovesOnceATurn() {
        final var object = domain.newSharedObject("counter", page);
        final var one = domain.newSpace("one", "N1");
        final var other = domain.newSpace("other", "N2");
        one.map(0, page, object, 0, true);
        other.map(0, page, object, 0, true);
        final var turn = new AtomicLong();
        race.run(() -> increment(one, turn, 0), () -> increment(other, turn, 1));
        assertEquals(2L * ROUNDS, one.getLong(0));
        assertEquals(2L * ROUNDS, object.transfers(0), "one for each turn but the first, and one for the look at it");
        one.close();
        other.close();
    }

    /// Nodes that take the page from each other whenever they like lose no increment, and never have it both.
    @Test
    void oneNodeAtATimeHasThePage() {
        final int increments = 10_000;
        final var object = domain.newSharedObject("counter", page);
        final var one = domain.newSpace("one", "N1");
        final var other = domain.newSpace("other", "N2");
        one.map(0, page, object, 0, true);
        other.map(0, page, object, 0, true);
        final var counting = new AtomicLong(2);
        final var looks = new AtomicLong();
        race.run(() -> incrementAtOnce(one, increments, counting), () -> incrementAtOnce(other, increments, counting), () -> {
            do {
                domain.checkInvariants();               // I8 among them
                looks.incrementAndGet();
                Thread.yield();
            } while (counting.get() > 0);
        });
        domain.checkInvariants();
        assertTrue(looks.get() > 0, "nobody has looked");
        assertEquals(2L * increments, one.getLong(0));
        one.close();
        other.close();
    }

    private void incrementAtOnce(AddressSpace space, int times, AtomicLong counting) {
        try {
            for (int i = 0; i < times; i++) {
                synchronized (race) {                   // an increment is a read and a write
                    space.putLong(0, space.getLong(0) + 1);
                }
                if (i % 16 == 0) {
                    Thread.yield();                     // to the other node
                }
            }
        } finally {
            counting.decrementAndGet();
        }
    }

    private static void increment(AddressSpace space, AtomicLong turn, int mine) {
        for (int i = 0; i < ROUNDS; i++) {
            while (turn.get() % 2 != mine) {
                Thread.yield();
            }
            space.putLong(0, space.getLong(0) + 1);
            turn.incrementAndGet();
        }
    }

    /// No mark survives a space, and no frame is freed twice, when it ends while being purged.
    @Test
    void spaceThatEndsWhileItIsPurgedLeavesNothing() {
        for (int round = 0; round < ROUNDS; round++) {
            final var space = marked(4);
            race.run(space::close, () -> domain.purge(2 * page));
            assertEquals(0, domain.privateBytes());
            assertEquals(0, domain.purge(ALL));
        }
    }

    /// The page is at the new address or purged there, and nothing is at the old one.
    @Test
    void remapIsBeforeOrAfterAPurge() {
        for (int round = 0; round < ROUNDS; round++) {
            try (var space = marked(1)) {
                race.run(() -> space.remap(0, page, 9 * page), () -> domain.purge(ALL));
                final long found = read(space, 9 * page);
                assertTrue(found == BUS, "a mark that moves is purged before or after: " + found);
                assertEquals(Contents.PURGED, space.unmarkVolatile(9 * page, page));
                assertTrue(space.whoUses(9 * page).isEmpty());
                assertEquals(1, space.mappings().size());
            }
        }
    }

    private AddressSpace marked(int pages) {
        final var space = domain.newSpace();
        space.map(0, pages * page);
        fill(space, pages, DATA);
        space.markVolatile(0, pages * page);
        return space;
    }

    private void fill(AddressSpace space, int pages, long value) {
        fill(space, 0, pages, value);
    }

    private void fill(AddressSpace space, int first, int pages, long value) {
        final var words = MemorySegment.ofArray(new long[(int) (page / Long.BYTES)]);
        for (long at = 0; at < page; at += Long.BYTES) {
            words.set(ValueLayout.JAVA_LONG, at, value);
        }
        for (int i = 0; i < pages; i++) {
            space.write((first + i) * page, words);
        }
    }

    private static long read(AddressSpace space, long address) {
        try {
            return space.getLong(address);
        } catch (BusErrorException purged) {
            return BUS;
        }
    }
}
