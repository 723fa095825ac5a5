package io.offheap.memory.stress;

import static io.offheap.memory.stress.Watched.Phase.CHANGING;
import static io.offheap.memory.stress.Watched.Phase.OPEN;
import static io.offheap.memory.stress.Watched.Phase.TRUNCATED;
import static io.offheap.memory.stress.Watched.Phase.VOLATILE;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.SharedObject;
import io.offheap.memory.types.Contents;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Pages of an object that two spaces write through, at different addresses, while it is punched, truncated, zapped,
/// marked and purged, and mapped privately.
///
/// ## What is checked
/// - both spaces see one page: a write that had returned is read through the other, until it is punched
/// - behind the end there are bus errors, and zeros when the end comes back
/// - a private copy is of one moment for each page, and does not change
final class Objects implements Cell {

    private static final int PAGES = 2;
    private static final int WRITERS = 2;
    private static final long ALL = Long.MAX_VALUE;

    private final Scene scene;
    private final SharedObject object;
    private final AddressSpace[] spaces = new AddressSpace[WRITERS];
    private final long[][] addresses = new long[WRITERS][PAGES];
    private final Watched watched;
    private final long size;

    Objects(Scene scene) {
        this.scene = scene;
        this.size = scene.page();
        this.object = scene.domain().newSharedObject("stressed", PAGES * size);
        this.watched = new Watched(scene, WRITERS, PAGES);
        for (int writer = 0; writer < WRITERS; writer++) {
            spaces[writer] = scene.newSpace("mapper");
            final long start = (1 + writer * Snapshots.LEAF_PAGES) * size;
            spaces[writer].map(start, PAGES * size, object, 0, true);
            for (int page = 0; page < PAGES; page++) {
                addresses[writer][page] = start + page * size;
            }
        }
        scene.keep(object);
    }

    @Override
    public void join(Crew crew) {
        crew.add("change", 1, _ -> new Owner(scene.newRandom())::change);
        crew.add("write", WRITERS, writer -> new Visitor(watched, spaces[writer], addresses[writer], writer)::write);
        crew.add("read", 1, _ -> new Visitor(watched, spaces[1], addresses[1], 0)::read);
    }

    /// Who changes the object: the last page, all others stay.
    private final class Owner {
        private static final int PAGE = PAGES - 1;
        private final long offset = PAGE * size;
        private final SplittableRandom random;
        private final AddressSpace own = scene.newSpace("private mapper");
        private final MemorySegment buffer = MemorySegment.ofArray(new long[(int) (size / Long.BYTES)]);

        Owner(SplittableRandom random) {
            this.random = random;
        }

        void change() {
            switch (random.nextInt(7)) {
                case 0, 1 -> punch();
                case 2 -> truncate();
                case 3 -> object.zap(offset, size, random.nextBoolean());
                case 4 -> letPurge();
                case 5 -> letOnePurge();
                default -> copy();
            }
            requireWhole(0);
            requireWhole(PAGE);
        }

        private void requireWhole(int page) {
            final long[] returned = watched.returned(page);
            object.readPage(page * size, buffer);
            for (int writer = 0; writer < WRITERS; writer++) {
                final long word = buffer.getAtIndex(ValueLayout.JAVA_LONG, writer);
                watched.check(writer, page, word, watched.bounds(writer, page, returned), true);
            }
            for (final var space : spaces) {
                watched.look(space, addresses[space == spaces[0] ? 0 : 1][page], page, returned, buffer);
            }
        }

        private void punch() {
            watched.enter(PAGE, CHANGING);
            final long[] returned = watched.returned(PAGE);
            object.punch(offset, size);
            watched.lose(PAGE, returned);
            watched.enter(PAGE, OPEN);
            Crew.linger(random);
        }

        private void truncate() {
            watched.enter(PAGE, CHANGING);
            final long[] returned = watched.returned(PAGE);
            object.truncate(offset);
            watched.enter(PAGE, TRUNCATED);
            Crew.linger(random);
            watched.enter(PAGE, CHANGING);
            object.truncate(offset + size);
            watched.lose(PAGE, returned);
            watched.enter(PAGE, OPEN);
            Crew.linger(random);
        }

        /// By a mark of the object.
        private void letPurge() {
            watched.enter(PAGE, VOLATILE);
            object.markVolatile(offset, size);
            purge();
            watched.enter(PAGE, CHANGING);
            final long[] returned = watched.returned(PAGE);
            takenBack(returned, object.unmarkVolatile(offset, size));
        }

        /// One of two mappers does not need it, the other one does.
        private void letOnePurge() {
            spaces[0].markVolatile(addresses[0][PAGE], size);
            purge();
            if (spaces[0].unmarkVolatile(addresses[0][PAGE], size) == Contents.PURGED) {
                throw new AssertionError("a page was purged that another space had not marked");
            }
        }

        private void purge() {
            if (random.nextBoolean()) {
                scene.domain().purge(ALL);
            }
            Crew.linger(random);
        }

        private void takenBack(long[] returned, Contents contents) {
            if (contents == Contents.PURGED) {
                watched.lose(PAGE, returned);
            }
            watched.enter(PAGE, OPEN);
        }

        /// Copies both pages to a private mapping by a write to each.
        private void copy() {
            final long[][] returned = {watched.returned(0), watched.returned(PAGE)};
            own.map(0, PAGES * size, object, 0, false);
            for (int page = 0; page < PAGES; page++) {
                own.putByte(page * size + size - 1, (byte) 0);
            }
            final long[] first = watched.look(own, 0, 0, returned[0], buffer);
            final long[] last = watched.look(own, offset, PAGE, returned[1], buffer);
            if (random.nextBoolean()) {
                punch();
            }
            Crew.linger(random);
            own.read(0, buffer);
            requireSame(first);
            own.read(offset, buffer);
            requireSame(last);
            own.unmap(0, PAGES * size);
        }

        private void requireSame(long[] words) {
            final long[] now = Arrays.copyOf(buffer.toArray(ValueLayout.JAVA_LONG), WRITERS);
            if (!Arrays.equals(words, now)) {
                throw new AssertionError("a private copy has changed from %s to %s".formatted(
                        Arrays.toString(words), Arrays.toString(now)));
            }
        }
    }
}
