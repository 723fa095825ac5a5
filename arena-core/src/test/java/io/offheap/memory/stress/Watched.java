package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/// Pages with a word of each of some writers, what becomes of the pages, and so what their words may be.
///
/// ## Bounds
/// A word that is not zero is of a write that has begun, and later than the *lost* ones, which are known to be gone. A write that
/// has returned and is later than the *unsafe* ones is there: the word is its or a later one's. Whoever takes contents away raises both,
/// after he has: *lost* to what had returned before he began, *unsafe* to what had begun when he had done.
///
/// ## Phases
/// One thread a page changes it and tells the phase. Who finds the same phase before and after an access knows what the
/// access must have met.
final class Watched {

    /// What an access meets.
    enum Phase {
        /// It succeeds.
        OPEN,
        /// Something is being done: it succeeds, or is refused.
        CHANGING,
        /// Writes are segmentation faults.
        READ_ONLY,
        /// All accesses are segmentation faults.
        NO_ACCESS,
        /// It succeeds, or the page is purged and it is a bus error.
        VOLATILE,
        /// All accesses are bus errors.
        TRUNCATED
    }

    private static final Phase[] PHASES = Phase.values();
    private static final int PHASE_BITS = 3;
    private static final int MOST_YIELDS = 100;

    private final int writers;
    private final int pages;
    private final int firstTag;
    private final Progress progress;
    private final AtomicLongArray lost;
    private final AtomicLongArray unsafe;
    private final AtomicLongArray phases;

    Watched(Scene scene, int writers, int pages) {
        this.writers = writers;
        this.pages = pages;
        this.firstTag = scene.newTags(writers);
        this.progress = new Progress(writers * pages);
        this.lost = new AtomicLongArray(writers * pages);
        this.unsafe = new AtomicLongArray(writers * pages);
        this.phases = new AtomicLongArray(pages);
    }

    int writers() {
        return writers;
    }

    private int place(int writer, int page) {
        return writer * pages + page;
    }

    // ---- phases

    /// {@return a number that is another one after each change}
    long phase(int page) {
        return phases.get(page);
    }

    /// {@return what a number of [#phase] says}
    static Phase meaning(long phase) {
        return PHASES[(int) phase & (1 << PHASE_BITS) - 1];
    }

    /// Begins a phase. One thread a page.
    void enter(int page, Phase phase) {
        phases.set(page, (phases.get(page) >>> PHASE_BITS) + 1 << PHASE_BITS | phase.ordinal());
    }

    // ---- writes

    /// {@return the sequence of a write that begins}
    long begin(int writer, int page) {
        return progress.begin(place(writer, page));
    }

    /// Says that it has returned normally.
    void end(int writer, int page, long sequence) {
        progress.end(place(writer, page), sequence);
    }

    /// {@return the word of a write}
    long word(int writer, int page, long sequence) {
        return Stamp.of(firstTag + writer, page, sequence);
    }

    /// {@return for each writer its last write of a page that has returned}
    long[] returned(int page) {
        final long[] all = new long[writers];
        Arrays.setAll(all, writer -> progress.returned(place(writer, page)));
        return all;
    }

    /// Says that the contents of a page are gone.
    ///
    /// @param returned before they were taken
    void lose(int page, long[] returned) {
        for (int writer = 0; writer < writers; writer++) {
            lost.set(place(writer, page), returned[writer]);
        }
        loosen(page);
    }

    /// Says that what has begun so far may be gone, or may go later.
    void loosen(int page) {
        for (int writer = 0; writer < writers; writer++) {
            unsafe.set(place(writer, page), progress.begun(place(writer, page)));
        }
    }

    // ---- what is found

    /// What a reader must know before it reads.
    ///
    /// @param returned the last write that has returned, if it must be there, else 0
    /// @param lost     what is gone
    record Bounds(long returned, long lost) {}

    /// {@return what holds of a word that is read from now on, as long as the phase stays the same}
    Bounds bounds(int writer, int page) {
        final int place = place(writer, page);
        return bounds(place, progress.returned(place));
    }

    /// {@return the same, of a write that is known to have returned}
    ///
    /// @param returned of all writers
    Bounds bounds(int writer, int page, long[] returned) {
        return bounds(place(writer, page), returned[writer]);
    }

    private Bounds bounds(int place, long returned) {
        return new Bounds(returned > unsafe.get(place) ? returned : 0, lost.get(place));
    }

    /// Checks a word.
    ///
    /// @param isStable whether the page was in one phase, in which nothing is taken away
    /// @return its sequence, 0 for none
    long check(int writer, int page, long word, Bounds bounds, boolean isStable) {
        final long sequence = Stamp.sequence(word, firstTag + writer, page);
        final long begun = progress.begun(place(writer, page));
        if (sequence > begun || sequence != 0 && sequence <= bounds.lost || isStable && sequence < bounds.returned) {
            throw new AssertionError("page %d has write %d of writer %d, of which %d had begun; %s".formatted(
                    page, sequence, writer, begun, bounds));
        }
        return sequence;
    }

    /// Reads a page as a whole, while nothing is taken away from it: the words are what they must be, and the rest is zero.
    ///
    /// @param at       where its contents are, in some space
    /// @param returned before they were taken there
    /// @return the words of the writers
    long[] look(AddressSpace space, long at, int page, long[] returned, MemorySegment buffer) {
        space.read(at, buffer);
        final long[] words = new long[writers];
        for (int i = 0; i < buffer.byteSize() / Long.BYTES; i++) {
            final long word = buffer.getAtIndex(ValueLayout.JAVA_LONG, i);
            if (i < writers) {
                words[i] = word;
                check(i, page, word, bounds(i, page, returned), true);
            } else if (word != 0) {
                throw new AssertionError("page %d: 0x%x at word %d, where nobody writes".formatted(page, word, i));
            }
        }
        return words;
    }

    /// Looks twice, and meanwhile nothing may change.
    void lookTwice(AddressSpace space, long at, int page, long[] returned, MemorySegment buffer,
                   SplittableRandom random) {
        final long[] first = look(space, at, page, returned, buffer);
        for (int i = 0; i < 2; i++) {
            if (random.nextBoolean()) {
                awaitWriters();
            } else {
                Crew.linger(random);
            }
            final long[] now = look(space, at, page, returned, buffer);
            if (!Arrays.equals(first, now)) {
                throw new AssertionError("page %d has changed from %s to %s".formatted(page, hex(first), hex(now)));
            }
        }
    }

    /// Waits until each writer has begun another write, of whatever page: what it was about to store has been stored then, also if it
    /// had lost its processor before the store. Not for long, for one may have ended.
    private void awaitWriters() {
        final long[] before = allBegun();
        for (int i = 0; i < MOST_YIELDS && isOneStill(before); i++) {
            Thread.yield();
        }
    }

    private boolean isOneStill(long[] before) {
        final long[] now = allBegun();
        return IntStream.range(0, writers).anyMatch(writer -> now[writer] == before[writer]);
    }

    private long[] allBegun() {
        final long[] all = new long[writers];
        Arrays.setAll(all, writer -> IntStream.range(0, pages).mapToLong(page -> progress.begun(place(writer, page))).sum());
        return all;
    }

    private static String hex(long[] words) {
        return Arrays.stream(words).mapToObj(Long::toHexString).toList().toString();
    }
}
