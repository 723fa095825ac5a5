package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Pages that are written elsewhere and then moved to where others copy them from, in place of those that are there;
/// sometimes there are none.
///
/// ## What is checked
/// - a copy has whole pages only, as new as those that were there when it began, and none that is yet to come
/// - a copy of up to 64 pages that fails has copied nothing; a longer one only what was there
final class Generations implements Cell {

    private static final int PAGES = 70;
    private static final int FEW_PAGES = 8;
    private static final int READERS = 2;
    private static final int STAMPED_PAGES = 16;
    private static final long UNTOUCHED = -1;

    private final Scene scene;
    private final AddressSpace space;
    private final int tag;
    private final Progress progress = new Progress(1);
    private final long size;
    private final int wordsOfPage;

    Generations(Scene scene) {
        this.scene = scene;
        this.space = scene.newSpace("moved");
        this.tag = scene.newTags(1);
        this.size = scene.page();
        this.wordsOfPage = (int) (size / Long.BYTES);
    }

    @Override
    public void join(Crew crew) {
        crew.add("move", 1, _ -> new Mover(scene.newRandom())::move);
        crew.add("copy", READERS, _ -> new Reader(scene.newRandom())::read);
    }

    private final class Mover {
        private final SplittableRandom random;
        private final MemorySegment page = MemorySegment.ofArray(new long[wordsOfPage]);

        Mover(SplittableRandom random) {
            this.random = random;
        }

        void move() {
            final long parking = (1 + random.nextInt(2)) * Snapshots.LEAF_PAGES * size;
            final long generation = progress.begin(0);
            space.map(parking, PAGES * size);
            for (int i = 0; i < PAGES; i++) {
                for (int at = 0; at < wordsOfPage; at++) {
                    page.setAtIndex(ValueLayout.JAVA_LONG, at, Stamp.of(tag, i % STAMPED_PAGES, generation));
                }
                space.write(parking + i * size, page);
            }
            space.remap(parking, PAGES * size, 0);
            progress.end(0, generation);
            Crew.linger(random);
            if (random.nextInt(4) == 0) {
                space.unmap(0, PAGES * size);
                Crew.linger(random);
            }
        }
    }

    private final class Reader {
        private final SplittableRandom random;
        private final MemorySegment buffer = MemorySegment.ofArray(new long[PAGES * wordsOfPage]);

        Reader(SplittableRandom random) {
            this.random = random;
        }

        void read() {
            final boolean isLong = random.nextInt(8) == 0;
            final int pages = isLong ? PAGES : 1 + random.nextInt(FEW_PAGES);
            final int first = random.nextInt(PAGES - pages + 1);
            final var target = buffer.asSlice(0, pages * size);
            target.fill((byte) UNTOUCHED);
            final long returned = progress.returned(0);
            boolean isWhole = false;
            try {
                space.read(first * size, target);
                isWhole = true;
            } catch (SegmentationFaultException unmapped) {
                if (unmapped.address() < first * size || unmapped.address() >= (first + pages) * size) {
                    throw new AssertionError("pages " + first + " and " + pages + " more", unmapped);
                }
            }
            for (int i = 0; i < pages; i++) {
                final long word = buffer.getAtIndex(ValueLayout.JAVA_LONG, (long) i * wordsOfPage);
                requireWhole(i, word);
                if (word != UNTOUCHED) {
                    requireCurrent(Stamp.sequence(word, tag, (first + i) % STAMPED_PAGES), returned);
                }
                if (word == UNTOUCHED ? isWhole : !isWhole && !isLong) {
                    throw new AssertionError("page %d of %d: 0x%x of a copy that has %s".formatted(
                            i, pages, word, isWhole ? "returned" : "failed"));
                }
            }
        }

        private void requireWhole(int page, long word) {
            for (int at = 0; at < wordsOfPage; at++) {
                final long other = buffer.getAtIndex(ValueLayout.JAVA_LONG, (long) page * wordsOfPage + at);
                if (other != word) {
                    throw new AssertionError("page %d begins with 0x%x and has 0x%x".formatted(page, word, other));
                }
            }
        }

        private void requireCurrent(long generation, long returned) {
            if (generation < Math.max(1, returned) || generation > progress.begun(0)) {
                throw new AssertionError("generation %d; %d had returned, %d has begun".formatted(generation, returned, progress.begun(0)));
            }
        }
    }
}
