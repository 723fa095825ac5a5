package io.offheap.allocator;

import io.offheap.memory.util.StackRoom;
import java.util.function.LongSupplier;

/// Room for a block that was refused, by the allowance or by the hard limit: what was found already is freed, then the collector has to
/// run, again and again while that helps. And for one that is not refused although memory is short.
///
/// Any thread may call any method, with no lock held.
final class RoomByCollection {

    /// Other threads may take what a collection has found; then the next one is for this thread, or the one after that.
    private static final int MOST_COLLECTIONS = 100;

    /// Growth, in bytes, from one collection that a shortage was worth to the next one, at least. It is a quarter of the default
    /// reserve below limits of 128 MiB and more, or less, so that the next one comes before that is used up.
    private static final long GROWTH_STEP = 8 << 20;

    /// The daemon has such collections for one part in so many of its time, at most.
    private static final int TIME_PART = 16;

    private final Allowance allowance;
    private final BufferTable buffers;
    private final CollectedBlocks blocks;
    private final KeptBlocks kept;
    private final CollectedUse use;
    private final Findings findings;
    private final CollectorRuns runs;
    private final LongSupplier shortage;
    private final CollectionPause byGrowth = new CollectionPause();
    private final CollectionPause byTime = new CollectionPause();

    /// @param shortage tells of the last look that has found memory short ([io.offheap.memory.pressure.Governor#shortSince]), or 0 if there is room
    RoomByCollection(Allowance allowance, BufferTable buffers, CollectedBlocks blocks, KeptBlocks kept,
            CollectedUse use, Findings findings, CollectorRuns runs, LongSupplier shortage) {
        this.allowance = allowance;
        this.buffers = buffers;
        this.blocks = blocks;
        this.kept = kept;
        this.use = use;
        this.findings = findings;
        this.runs = runs;
        this.shortage = shortage;
    }

    /// Before growth that no limit of our own refuses: where an external one leaves too little room, and nothing is left to purge, perhaps what is
    /// in the way is garbage. What is found becomes volatile, so that the governor has something to purge at its next look. Fast where there
    /// is room.
    void makeIfShort() {
        final long grown = shortage.getAsLong();
        if (grown != 0 && byGrowth.isOver(grown) && StackRoom.hasMuch()) {
            final long used = use.bytes();
            if (used > 0 && runs.collectWhereShort()) {
                byGrowth.begin(grown, GROWTH_STEP, used, used - use.bytes());
                kept.drain();
            }
        }
    }

    /// For the daemon, where the level is CRITICAL and everything volatile was purged: perhaps more than that is garbage.
    ///
    /// @param purged bytes
    /// @param now    the time, in nanoseconds
    /// @return whether more is volatile now
    boolean makeIfCritical(long purged, long now) {
        final long used = use.bytes();
        if (used <= purged || !byTime.isOver(now)) {
            return false;
        }
        final long begin = System.nanoTime();
        if (!runs.collectWhereShort()) {
            return false;
        }
        final long found = used - use.bytes();
        byTime.begin(now, TIME_PART * (System.nanoTime() - begin), used, found);
        kept.drain();
        return found > 0;
    }

    /// The allowance has refused: looks for what was found already, then has the collector run.
    ///
    /// @param slotClass of a spare that would do, or [Blocks#NO_SLOT]
    /// @return a spare slot, or 0 if there is room now, which is reserved
    /// @throws OutOfMemoryError if neither can be had
    long make(int slotClass, long byteSize) {
        final long charge = blocks.charge(slotClass, byteSize);
        findings.sweep();
        boolean goesOn = charge <= allowance.limit();
        for (int tries = 0; goesOn; tries++) {
            goesOn = tries < MOST_COLLECTIONS && (tries == 0 || runs.collect());     // others may have found it: so look once more
            final long spare = kept.pop(slotClass);
            if (spare != 0) {
                return spare;
            }
            kept.drain();
            buffers.giveUpRoom();
            if (allowance.tryTake(charge)) {
                return 0;
            }
        }
        throw new OutOfMemoryError("%d bytes requested that the collector frees, %d in use, limit %d"
                .formatted(byteSize, allowance.taken(), allowance.limit()));
    }

    /// The hard limit has refused: perhaps what is in the way is garbage.
    ///
    /// @param first  what the hard limit has said
    /// @param before of [Findings#lettingsGo], before it did: what others had in hand then may be free by now
    /// @param charge what this block has taken of the allowance already
    /// @return the address of a block
    /// @throws OutOfMemoryError if it is refused still
    long allocateAfter(OutOfMemoryError first, long before, long charge, long byteSize, long byteAlignment, boolean zeroed) {
        boolean goesOn = use.mayHaveGarbage(charge) || findings.wasAtWorkSince(before);
        if (StackRoom.hasMuch()) {
            findings.moveOut();
        }
        OutOfMemoryError refusal = first;
        for (int tries = 0; goesOn; tries++) {
            goesOn = tries < MOST_COLLECTIONS && use.mayHaveGarbage(charge) && runs.collect();
            try {
                kept.drain();
                return blocks.allocate(byteSize, byteAlignment, zeroed);
            } catch (OutOfMemoryError e) {
                refusal = e;
            }
        }
        throw refusal;
    }
}
