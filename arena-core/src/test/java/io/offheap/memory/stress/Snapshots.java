package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Many writers of few pages, and others that fork them as fast as they can.
///
/// ## What is checked
/// - a writer reads what it has written, and a reader never an older word than before
/// - a fork has all writes that had returned before it began, none that began after it had returned, and of each writer a prefix of its
///   writes, who writes the pages in their order
/// - a fork does not change, whatever its parent and its own children write, and its own writes are seen by nobody else
///
/// How many threads there are varies: with fewer than processors they meet more often, with more they are interrupted anywhere.
///
/// The pages begin leaves of the page table, so that the writers go by lines, the quickest way. Words of all writers are
/// neighbours: their stores wait for each other's cache lines.
final class Snapshots implements Cell {

    /// Pages between two pages that begin leaves of a page table.
    static final int LEAF_PAGES = 512;

    private static final int PAGES = 4;
    private static final int MOST_WRITERS = 3;
    private static final int MOST_FORKERS = 2;
    private static final int MOST_READERS = 1;
    private static final int KEPT = 48;
    private static final int WRITES = 32;

    private final Scene scene;
    private final AddressSpace space;
    private final int writers;
    private final int forkers;
    private final int readers;
    private final boolean isSlow;
    private final Progress progress;
    private final long[] addresses = new long[PAGES];
    private final int firstTag;
    private final int forkersTag;

    Snapshots(Scene scene) {
        this.scene = scene;
        this.space = scene.newSpace("written");
        final var random = scene.newRandom();
        this.writers = 1 + random.nextInt(MOST_WRITERS);
        this.forkers = 1 + random.nextInt(MOST_FORKERS);
        this.readers = random.nextInt(MOST_READERS + 1);
        this.isSlow = random.nextBoolean();
        this.progress = new Progress(writers);
        this.firstTag = scene.newTags(writers);
        this.forkersTag = scene.newTags(forkers);
        for (int page = 0; page < PAGES; page++) {
            // two that begin leaves, and two neighbours of the last
            addresses[page] = (page < 2 ? page * LEAF_PAGES : LEAF_PAGES + page - 1) * scene.page();
            space.map(addresses[page], scene.page());
            space.putLong(addresses[page], 0);
        }
    }

    private long address(int writer, int page) {
        return addresses[page] + writer * Long.BYTES;
    }

    @Override
    public void join(Crew crew) {
        final var slow = isSlow ? new SlowStores() : null;
        crew.add("write", writers, writer -> writer == 0 && isSlow ? () -> writeSlowly(slow) : () -> write(writer));
        crew.add("fork", forkers, forker -> new Forker(writers + forker, forkersTag + forker, scene.newRandom())::fork);
        crew.add("read", readers, _ -> new Reader()::read);
    }

    private void write(int writer) {
        final int tag = firstTag + writer;
        for (int i = 0; i < WRITES; i++) {
            final long sequence = progress.begin(writer);
            for (int page = 0; page < PAGES; page++) {
                space.putLong(address(writer, page), Stamp.of(tag, page, sequence));
            }
            progress.end(writer, sequence);
            for (int page = 0; page < PAGES; page++) {
                final long found = Stamp.sequence(space.getLong(address(writer, page)), tag, page);
                if (found != sequence) {
                    throw new AssertionError("writer %d wrote %d to page %d and reads %d".formatted(writer, sequence, page, found));
                }
            }
        }
    }

    /// As writer 0, who does not read.
    private void writeSlowly(SlowStores slow) {
        for (int i = 0; i < WRITES; i++) {
            final long sequence = progress.begin(0);
            for (int page = 0; page < PAGES; page++) {
                slow.store(sequence);
                space.putLong(address(0, page), Stamp.of(firstTag, page, sequence));
            }
            progress.end(0, sequence);
        }
    }

    private final class Reader {
        private final long[][] seen = new long[writers][PAGES];

        void read() {
            for (int i = 0; i < WRITES; i++) {
                for (int writer = 0; writer < writers; writer++) {
                    for (int page = 0; page < PAGES; page++) {
                        readOne(writer, page);
                    }
                }
            }
        }

        private void readOne(int writer, int page) {
            final long found = Stamp.sequence(space.getLong(address(writer, page)), firstTag + writer, page);
            if (found < seen[writer][page]) {
                throw new AssertionError("page %d, writer %d: %d after %d".formatted(page, writer, found, seen[writer][page]));
            }
            seen[writer][page] = found;
        }
    }

    /// Forks, looks, and looks again when as many other forks were made as it keeps.
    private final class Forker {
        private final AddressSpace[] kept = new AddressSpace[KEPT];
        private final long[][] first = new long[KEPT][];
        private final SplittableRandom random;
        private final int place;
        private final int tag;
        private long forks;

        Forker(int place, int tag, SplittableRandom random) {
            this.place = place;
            this.tag = tag;
            this.random = random;
            scene.keep(this::close);
        }

        private void close() {
            for (final var child : kept) {
                if (child != null) {
                    child.close();
                }
            }
        }

        void fork() {
            final int turn = (int) (forks++ % KEPT);
            if (kept[turn] != null) {
                lookAgain(turn);
                kept[turn].close();
            }
            final long[] returned = progress.allReturned();
            final var child = space.fork("child");
            kept[turn] = child;
            final long[] words = words(child);
            final long[] begun = progress.allBegun();
            first[turn] = words;
            for (int writer = 0; writer < writers; writer++) {
                check(writer, words, returned[writer], begun[writer]);
            }
            switch (random.nextInt(8)) {
                case 0 -> writeTo(child);
                case 1 -> replaceByItsChild(turn);
                default -> lookAgain(turn);
            }
            lookAgain(random.nextInt((int) Math.min(forks, KEPT)));
            requireUntouched();
        }

        private long[] words(AddressSpace of) {
            final long[] words = new long[writers * PAGES];
            for (int page = 0; page < PAGES; page++) {
                for (int writer = 0; writer < writers; writer++) {
                    words[writer * PAGES + page] = of.getLong(address(writer, page));
                }
            }
            return words;
        }

        private void check(int writer, long[] words, long returned, long begun) {
            final long first = Stamp.sequence(words[writer * PAGES], firstTag + writer, 0);
            long before = begun;
            for (int page = 0; page < PAGES; page++) {
                final long found = Stamp.sequence(words[writer * PAGES + page], firstTag + writer, page);
                if (found > before || found < returned || first - found > 1) {
                    throw new AssertionError("writer %d, of which %d had returned and %d had begun: page %d of a fork has %d, those before %d, %d"
                            .formatted(writer, returned, begun, page, found, first, before));
                }
                before = found;
            }
        }

        private void lookAgain(int turn) {
            final long[] now = words(kept[turn]);
            if (!Arrays.equals(first[turn], now)) {
                throw new AssertionError("a fork has changed from %s to %s".formatted(hex(first[turn]), hex(now)));
            }
        }

        private static String hex(long[] words) {
            return Arrays.stream(words).mapToObj(Long::toHexString).toList().toString();
        }

        /// To a place that nobody else writes to: the rest must be copied whole, and nobody else must see it.
        private void writeTo(AddressSpace child) {
            final int page = random.nextInt(PAGES);
            child.putLong(address(place, page), Stamp.of(tag, page, forks));
        }

        private void replaceByItsChild(int turn) {
            final var child = kept[turn];
            kept[turn] = child.snapshot();
            writeTo(child);
            child.putLong(address(0, 0), Stamp.of(tag, 0, forks));
            child.close();
        }

        private void requireUntouched() {
            for (int page = 0; page < PAGES; page++) {
                final long found = space.getLong(address(place, page));
                if (found != 0) {
                    throw new AssertionError("a write to a fork is seen by its parent: 0x%x".formatted(found));
                }
            }
        }
    }
}
