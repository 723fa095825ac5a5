package io.offheap.memory.stress;

import static io.offheap.memory.stress.Watched.Phase.CHANGING;
import static io.offheap.memory.stress.Watched.Phase.NO_ACCESS;
import static io.offheap.memory.stress.Watched.Phase.OPEN;
import static io.offheap.memory.stress.Watched.Phase.READ_ONLY;
import static io.offheap.memory.stress.Watched.Phase.VOLATILE;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.MemoryAccessException;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Private pages that are taken away in every way there is, while others write and read them.
///
/// ## What is checked
/// - a write that had returned before is in what was moved, forbidden, forked or taken back INTACT, and in nothing that was wiped
/// - a page that was moved or forbidden, and a fork, does not change
/// - what is unmapped or forbidden refuses, with the right exception; what is there does not
/// - a pinned or wired page is not purged, a pinned one stays where it is
final class Revocations implements Cell {

    private static final int MOST_PAGES = 2;
    private static final int MOST_WRITERS = 2;
    private static final int MOST_READERS = 1;
    private static final long ALL = Long.MAX_VALUE;

    private final Scene scene;
    private final AddressSpace space;
    private final Watched watched;
    private final long size;
    private final int pages;
    private final int writers;
    private final int readers;
    private final long[] addresses;

    Revocations(Scene scene) {
        this.scene = scene;
        this.space = scene.newSpace("revoked");
        final var random = scene.newRandom();
        this.pages = 1 + random.nextInt(MOST_PAGES);
        this.writers = 1 + random.nextInt(MOST_WRITERS);
        this.readers = random.nextInt(MOST_READERS + 1);
        this.watched = new Watched(scene, writers, pages);
        this.addresses = new long[pages];
        this.size = scene.page();
        for (int page = 0; page < pages; page++) {
            addresses[page] = page * Snapshots.LEAF_PAGES * size;
            space.map(addresses[page], size);
        }
    }

    @Override
    public void join(Crew crew) {
        crew.add("revoke", pages, page -> new Owner(page, scene.newRandom())::change);
        crew.add("write", writers, writer -> new Visitor(watched, space, addresses, writer)::write);
        crew.add("read", readers, _ -> new Visitor(watched, space, addresses, 0)::read);
    }

    /// Who changes one page.
    private final class Owner {
        private final int page;
        private final long at;
        private final long parking;
        private final SplittableRandom random;
        private final MemorySegment buffer = MemorySegment.ofArray(new long[(int) (size / Long.BYTES)]);

        Owner(int page, SplittableRandom random) {
            this.page = page;
            this.at = addresses[page];
            this.parking = at + (1 + page) * size;
            this.random = random;
        }

        void change() {
            switch (random.nextInt(18)) {
                case 0 -> wipe(this::unmapAndMap);
                case 1 -> wipe(() -> space.map(at, size));
                case 2 -> wipe(() -> space.drop(at, size));
                case 3 -> wipe(this::moveAndLeaveBehind);
                case 4 -> forbid();
                case 5 -> letPurge();
                case 6 -> freeLazily();
                case 7 -> pin();
                case 8 -> wire();
                case 9, 10, 11 -> move();
                case 12, 13, 14 -> forbidWriting();
                default -> fork();
            }
            watched.look(space, at, page, watched.returned(page), buffer);
            awaitWrites();
        }

        /// Lets the writers come to write, or nothing would ever be taken away from them.
        private void awaitWrites() {
            final long[] before = watched.returned(page);
            for (int i = 0; i < 100 && Arrays.equals(before, watched.returned(page)); i++) {
                Crew.linger(random);
            }
        }

        private void enter(Watched.Phase phase) {
            watched.enter(page, phase);
        }

        private void wipe(Runnable operation) {
            enter(CHANGING);
            final long[] returned = watched.returned(page);
            operation.run();
            watched.lose(page, returned);
            enter(OPEN);
        }

        private void unmapAndMap() {
            space.unmap(at, size);
            enter(NO_ACCESS);
            requireRefused(at);
            enter(CHANGING);
            space.map(at, size);
        }

        private void moveAndLeaveBehind() {
            final long[] returned = watched.returned(page);
            space.remapKeepingSource(at, size, parking);
            watched.lookTwice(space, parking, page, returned, buffer, random);
            space.unmap(parking, size);
        }

        private void move() {
            enter(CHANGING);
            final long[] returned = watched.returned(page);
            space.remap(at, size, parking);
            enter(NO_ACCESS);
            requireRefused(at);
            watched.lookTwice(space, parking, page, returned, buffer, random);
            enter(CHANGING);
            space.remap(parking, size, at);
            watched.look(space, at, page, returned, buffer);
            enter(OPEN);
        }

        private void forbidWriting() {
            enter(CHANGING);
            final long[] returned = watched.returned(page);
            space.protectReadOnly(at, size);
            enter(READ_ONLY);
            watched.lookTwice(space, at, page, returned, buffer, random);
            enter(CHANGING);
            space.protectReadWrite(at, size);
            watched.look(space, at, page, returned, buffer);
            enter(OPEN);
        }

        private void forbid() {
            enter(CHANGING);
            final long[] returned = watched.returned(page);
            space.protectNone(at, size);
            enter(NO_ACCESS);
            requireRefused(at);
            enter(CHANGING);
            space.protectReadWrite(at, size);
            watched.look(space, at, page, returned, buffer);
            enter(OPEN);
        }

        private void requireRefused(long address) {
            Crew.linger(random);
            try {
                throw new AssertionError("page %d: 0x%x is read where nothing is allowed".formatted(page, space.getLong(address)));
            } catch (SegmentationFaultException refused) {
                if (refused.address() != address) {
                    throw new AssertionError("0x%x".formatted(address), refused);
                }
            }
        }

        private void letPurge() {
            enter(VOLATILE);
            mark();
            if (random.nextBoolean()) {
                scene.domain().purge(ALL);
            }
            Crew.linger(random);
            enter(CHANGING);
            final long[] returned = watched.returned(page);
            if (space.unmarkVolatile(at, size) == Contents.PURGED) {
                watched.lose(page, returned);
            }
            watched.look(space, at, page, returned, buffer);
            enter(OPEN);
        }

        private void mark() {
            if (random.nextBoolean()) {
                space.markVolatile(at, size);
            } else {
                space.markVolatilePartially(at, size);
            }
        }

        /// A write that begins after it takes the page back, so it is there.
        private void freeLazily() {
            enter(CHANGING);
            space.freeLazily(at, size);
            watched.loosen(page);
            enter(OPEN);
            if (random.nextBoolean()) {
                scene.domain().purge(ALL);
            }
            Crew.linger(random);
            requireIntact();
        }

        private void requireIntact() {
            if (space.unmarkVolatile(at, size) != Contents.INTACT) {
                throw new AssertionError("page %d is said to be purged".formatted(page));
            }
        }

        /// Whatever is done to the page, writes go to where the pin says.
        private void pin() {
            final long[] returned = watched.returned(page);
            try (var pin = space.pin(at, size)) {
                final var memory = pin.segments().getFirst();
                try (var child = space.fork("child")) {
                    mark();
                    scene.domain().purge(ALL);
                    requirePinned();
                    watched.lookTwice(child, at, page, returned, buffer, random);
                }
                requireIntact();
                final long[] later = watched.returned(page);
                for (int writer = 0; writer < writers; writer++) {
                    final var bounds = watched.bounds(writer, page);
                    watched.check(writer, page, memory.getAtIndex(ValueLayout.JAVA_LONG, writer), bounds, true);
                }
                watched.look(space, at, page, later, buffer);
            }
        }

        private void requirePinned() {
            final Runnable operation = switch (random.nextInt(5)) {
                case 0 -> () -> space.unmap(at, size);
                case 1 -> () -> space.drop(at, size);
                case 2 -> () -> space.remap(at, size, parking);
                case 3 -> () -> space.protectReadOnly(at, size);
                default -> () -> space.map(at, size);
            };
            try {
                operation.run();
            } catch (IllegalStateException refused) {
                return;
            }
            throw new AssertionError("page %d was taken away from its pin".formatted(page));
        }

        private void wire() {
            space.wire(at, size);
            mark();
            scene.domain().purge(ALL);
            Crew.linger(random);
            requireIntact();
            space.unwire(at, size);
        }

        private void fork() {
            final long[] returned = watched.returned(page);
            try (var child = space.fork("child")) {
                watched.lookTwice(child, at, page, returned, buffer, random);
                child.putLong(at + size - Long.BYTES, 1);
                if (space.getLong(at + size - Long.BYTES) != 0) {
                    throw new AssertionError("page %d has what was written to a fork".formatted(page));
                }
            } catch (MemoryAccessException e) {
                throw new AssertionError("page %d of a fork".formatted(page), e);
            }
        }
    }
}
