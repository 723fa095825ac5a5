package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.FaultReason;
import io.offheap.memory.types.MemoryAccessException;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads and writes watched pages through one space, and judges what it meets by the phase of the page.
final class Visitor {

    private static final int ACCESSES = 32;

    private final Watched watched;
    private final AddressSpace space;
    private final long[] addresses;
    private final int writer;
    private final MemorySegment one = MemorySegment.ofArray(new long[1]);
    private final long[] seen;
    private final boolean[] isGone;
    private int turn;

    /// @param addresses of the pages in the space
    /// @param writer    as whom it writes; a reader reads the words of all
    Visitor(Watched watched, AddressSpace space, long[] addresses, int writer) {
        this.watched = watched;
        this.space = space;
        this.addresses = addresses;
        this.writer = writer;
        this.seen = new long[watched.writers() * addresses.length];
        this.isGone = new boolean[seen.length];
    }

    // ---- writing

    /// Writes words to a page until it is refused.
    void write() {
        final int page = turn++ % addresses.length;
        for (int i = 0; i < ACCESSES; i++) {
            if (!putWord(page)) {
                return;
            }
        }
    }

    /// Does the same by copies of one word.
    void writeInBulk() {
        final int page = turn++ % addresses.length;
        for (int i = 0; i < ACCESSES; i++) {
            if (!copyWord(page)) {
                return;
            }
        }
    }

    private boolean putWord(int page) {
        final long phase = watched.phase(page);
        final long sequence = watched.begin(writer, page);
        final long word = watched.word(writer, page, sequence);
        try {
            space.putLong(address(writer, page), word);
        } catch (MemoryAccessException refusal) {
            judge(refusal, phase, page, true);
            return false;
        }
        return hasWritten(page, phase, sequence, word);
    }

    private boolean copyWord(int page) {
        final long phase = watched.phase(page);
        final long sequence = watched.begin(writer, page);
        final long word = watched.word(writer, page, sequence);
        one.set(ValueLayout.JAVA_LONG, 0, word);
        try {
            space.write(address(writer, page), one);
        } catch (MemoryAccessException refusal) {
            judge(refusal, phase, page, true);
            return false;
        }
        return hasWritten(page, phase, sequence, word);
    }

    private boolean hasWritten(int page, long phase, long sequence, long word) {
        watched.end(writer, page, sequence);
        final var meaning = Watched.meaning(phase);
        if (meaning == Watched.Phase.READ_ONLY || meaning == Watched.Phase.NO_ACCESS || meaning == Watched.Phase.TRUNCATED) {
            requireOther(phase, page, "was written");
        }
        try {
            final long found = space.getLong(address(writer, page));
            if (found != word && isStable(phase, page)) {
                throw new AssertionError("page %d, %s: wrote 0x%x and reads 0x%x".formatted(page, meaning, word, found));
            }
            return true;
        } catch (MemoryAccessException refusal) {
            judge(refusal, phase, page, false);
            return false;
        }
    }

    // ---- reading

    /// Reads the words of all writers, of all pages.
    void read() {
        for (int i = 0; i < ACCESSES; i++) {
            final int page = turn++ % addresses.length;
            for (int of = 0; of < watched.writers(); of++) {
                readWord(of, page, i % 8 == 0);
            }
        }
    }

    private void readWord(int of, int page, boolean inBulk) {
        final long phase = watched.phase(page);
        final var bounds = watched.bounds(of, page);
        final long word;
        try {
            word = inBulk ? copied(of, page) : space.getLong(address(of, page));
        } catch (MemoryAccessException refusal) {
            judge(refusal, phase, page, false);
            return;
        }
        final var meaning = Watched.meaning(phase);
        if (meaning == Watched.Phase.NO_ACCESS || meaning == Watched.Phase.TRUNCATED) {
            requireOther(phase, page, "was read");
        }
        final long sequence = watched.check(of, page, word, bounds, isStable(phase, page));
        requireLater(of, page, sequence);
    }

    private long copied(int of, int page) {
        space.read(address(of, page), one);
        return one.get(ValueLayout.JAVA_LONG, 0);
    }

    /// Words never go back; what was seen to be gone does not come again.
    private void requireLater(int of, int page, long sequence) {
        final int place = of * addresses.length + page;
        if (sequence == 0) {
            isGone[place] = true;
            return;
        }
        if (sequence < seen[place] || sequence == seen[place] && isGone[place]) {
            throw new AssertionError("page %d, writer %d: %d after %d%s".formatted(
                    page, of, sequence, seen[place], isGone[place] ? " was gone" : ""));
        }
        seen[place] = sequence;
        isGone[place] = false;
    }

    // ---- phases

    private long address(int of, int page) {
        return addresses[page] + of * Long.BYTES;
    }

    private boolean isStable(long phase, int page) {
        return Watched.meaning(phase) != Watched.Phase.CHANGING && watched.phase(page) == phase;
    }

    private void requireOther(long phase, int page, String what) {
        if (watched.phase(page) == phase) {
            throw new AssertionError("page %d %s while it was %s".formatted(page, what, Watched.meaning(phase)));
        }
    }

    private void judge(MemoryAccessException refusal, long phase, int page, boolean isWrite) {
        if (refusal.address() < addresses[page] || refusal.address() >= addresses[page] + watched.writers() * Long.BYTES) {
            throw new AssertionError("an access to page %d has failed elsewhere".formatted(page), refusal);
        }
        final boolean isAllowed = switch (Watched.meaning(phase)) {
            case OPEN -> false;
            case CHANGING -> true;
            case READ_ONLY -> isWrite && refusal instanceof SegmentationFaultException;
            case NO_ACCESS -> refusal instanceof SegmentationFaultException;
            case VOLATILE -> refusal instanceof BusErrorException bus && bus.reason() == FaultReason.PURGED;
            case TRUNCATED -> refusal instanceof BusErrorException bus && bus.reason() == FaultReason.TRUNCATED;
        };
        if (!isAllowed && watched.phase(page) == phase) {
            throw new AssertionError("page %d was %s".formatted(page, Watched.meaning(phase)), refusal);
        }
    }
}
