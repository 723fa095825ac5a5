package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Copies of many bytes into a space that is forked.
///
/// ## What is checked
/// - a copy of up to 64 pages is one step for a fork: it has all of it or nothing of it
/// - it has those that had returned before, none that began afterwards, and does not change
final class Copies implements Cell {

    private static final int MOST_WRITERS = 2;
    private static final int PAGES = 3;
    private static final int COPIES = 16;

    private final Scene scene;
    private final AddressSpace space;
    private final int writers;
    private final int firstTag;
    private final Progress progress;
    private final int words;

    Copies(Scene scene) {
        this.scene = scene;
        this.space = scene.newSpace("copied to");
        this.writers = 1 + scene.newRandom().nextInt(MOST_WRITERS);
        this.firstTag = scene.newTags(writers);
        this.progress = new Progress(writers);
        this.words = (int) ((PAGES - 1) * scene.page() / Long.BYTES);
        for (int writer = 0; writer < writers; writer++) {
            space.map(writer * Snapshots.LEAF_PAGES * scene.page(), PAGES * scene.page());
        }
    }

    /// In the middle of a page, so that copies end in the middle of one too.
    private long address(int writer) {
        return writer * Snapshots.LEAF_PAGES * scene.page() + scene.page() / 2;
    }

    @Override
    public void join(Crew crew) {
        crew.add("copy", writers, writer -> new Writer(writer)::copy);
        crew.add("fork", 1, _ -> new Forker(scene.newRandom())::fork);
    }

    private final class Writer {
        private final int writer;
        private final MemorySegment buffer = MemorySegment.ofArray(new long[words]);

        Writer(int writer) {
            this.writer = writer;
        }

        void copy() {
            for (int i = 0; i < COPIES; i++) {
                final long sequence = progress.begin(writer);
                final long word = Stamp.of(firstTag + writer, 0, sequence);
                for (int at = 0; at < words; at++) {
                    buffer.setAtIndex(ValueLayout.JAVA_LONG, at, word);
                }
                space.write(address(writer), buffer);
                progress.end(writer, sequence);
                buffer.fill((byte) 0);
                space.read(address(writer), buffer);
                for (int at = 0; at < words; at++) {
                    if (buffer.getAtIndex(ValueLayout.JAVA_LONG, at) != word) {
                        throw new AssertionError("copied 0x%x and reads 0x%x at word %d".formatted(
                                word, buffer.getAtIndex(ValueLayout.JAVA_LONG, at), at));
                    }
                }
            }
        }
    }

    private final class Forker {
        private final MemorySegment buffer = MemorySegment.ofArray(new long[words]);
        private final SplittableRandom random;

        Forker(SplittableRandom random) {
            this.random = random;
        }

        void fork() {
            final long[] returned = progress.allReturned();
            try (var child = space.fork("child")) {
                final long[] begun = progress.allBegun();
                final long[] first = new long[writers];
                for (int writer = 0; writer < writers; writer++) {
                    first[writer] = look(child, writer);
                    if (first[writer] < returned[writer] || first[writer] > begun[writer]) {
                        throw new AssertionError("a fork has copy %d of writer %d; %d had returned, %d had begun".formatted(
                                first[writer], writer, returned[writer], begun[writer]));
                    }
                }
                Crew.linger(random);
                for (int writer = 0; writer < writers; writer++) {
                    final long now = look(child, writer);
                    if (now != first[writer]) {
                        throw new AssertionError("a fork had copy %d of writer %d, and then %d".formatted(first[writer], writer, now));
                    }
                }
            }
        }

        /// {@return the sequence of the one copy that a space has}
        private long look(AddressSpace child, int writer) {
            child.read(address(writer), buffer);
            final long word = buffer.getAtIndex(ValueLayout.JAVA_LONG, 0);
            for (int at = 0; at < words; at++) {
                if (buffer.getAtIndex(ValueLayout.JAVA_LONG, at) != word) {
                    throw new AssertionError("a fork has a part of a copy: 0x%x and at word %d 0x%x".formatted(
                            word, at, buffer.getAtIndex(ValueLayout.JAVA_LONG, at)));
                }
            }
            return Stamp.sequence(word, firstTag + writer, 0);
        }
    }
}
