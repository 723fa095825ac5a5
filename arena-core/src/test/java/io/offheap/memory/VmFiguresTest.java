package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The figures of docs/vm.md, measured and printed.
class VmFiguresTest {

    private static final long MIB = 1L << 20;

    /// A heap is never quite still: others' objects come, and what an earlier try has left goes late. Most of the differences are without.
    private static final int TRIES = 5;

    /// The serial collector leaves some of what is dead where it is, and only each fourth time nothing.
    private static final int COLLECTIONS = 4;

    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(1024 * MIB).build();
    private final long page = domain.pageSize();

    /// Bytes of the heap that something holds, by what is in use after a collection, before and with it.
    private static long heapBytesOf(Supplier<Object> something, Runnable end) {
        final var differences = new long[TRIES];
        for (int i = 0; i < TRIES; i++) {
            differences[i] = measure(something);
            end.run();
        }
        Arrays.sort(differences);
        return differences[TRIES / 2];
    }

    /// In a frame of its own, so that nothing of it is held afterwards.
    private static long measure(Supplier<Object> something) {
        final long before = usedHeap();
        final var held = something.get();
        final long with = usedHeap();
        Reference.reachabilityFence(held);
        return with - before;
    }

    @AfterEach
    void close() {
        domain.close();
    }

    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    private static AddressSpace written(MemoryDomain domain, long size) {
        final var space = domain.newSpace();
        space.map(0, size);
        final var chunk = MemorySegment.ofArray(new byte[(int) MIB]);
        chunk.fill((byte) 1);
        for (long at = 0; at < size; at += MIB) {
            space.write(at, chunk);
        }
        return space;
    }

    @Test
    void bookkeepingIsAtMostHalfAPercentOfWhatIsMapped() {
        final long size = 256 * MIB;
        written(domain, MIB).close();                                   // classes and buffers
        final List<MemoryDomain> open = new ArrayList<>();
        final long bytes = heapBytesOf(() -> {
            final var fresh = MemoryDomain.builder().pressure().capacity(512 * MIB).build();
            open.add(fresh);
            return written(fresh, size);
        }, () -> open.removeFirst().close());
        System.out.printf("page table and frames: %d bytes of heap for %d MiB written, %.3f %%%n", bytes, size / MIB,
                100.0 * bytes / size);
        assertTrue(bytes <= size / 200, "bookkeeping of " + bytes + " bytes");
    }

    /// The reverse map costs 8 bytes a frame and some for each mapping; lists cost each page and each user.
    @Test
    void reverseMapCostsLessThanListsOfUsers() {
        final long size = 64 * MIB;
        final int users = 8;
        final int pages = (int) (size / page);
        final var space = written(domain, size);
        final List<AddressSpace> forks = new ArrayList<>();
        final long forked = heapBytesOf(() -> {
            for (int i = 1; i < users; i++) {
                forks.add(space.fork("user-" + i));
            }
            return forks;
        }, () -> {
            forks.forEach(AddressSpace::close);
            forks.clear();
        });
        final long lists = heapBytesOf(() -> {
            final var byPage = new long[pages][];
            for (int i = 0; i < pages; i++) {
                byPage[i] = new long[users];                            // space and page in one word, no spare room
            }
            return byPage;
        }, () -> { });
        final double map = 8 + (double) Math.max(0, forked) / pages;
        System.out.printf("reverse map of %d pages that %d spaces have: %.1f bytes a page; lists of users: %.1f%n", pages,
                users, map, (double) lists / pages);
        for (int i = 1; i < users; i++) {
            forks.add(space.fork("user-" + i));
        }
        assertEquals(users, space.whoUses(0).size());
        assertTrue(map * 4 < (double) lists / pages, map + " bytes a page");
    }

    @Test
    void pingPongTransfersOnceAnAlternation() {
        final int alternations = 10_000;
        final var object = domain.newSharedObject("ball", page);
        final var left = domain.newSpace("left", "N1");
        final var right = domain.newSpace("right", "N2");
        left.map(0, page, object, 0, true);
        right.map(0, page, object, 0, true);
        left.putLong(0, 0);
        for (int i = 1; i <= alternations; i++) {
            final var player = i % 2 == 1 ? right : left;
            player.putLong(0, player.getLong(0) + 1);
        }
        System.out.printf("ping-pong: %d alternations, %d transfers%n", alternations, object.transfers(0));
        assertEquals(alternations, object.transfers(0));
        assertEquals(alternations, left.getLong(0));
    }
}
