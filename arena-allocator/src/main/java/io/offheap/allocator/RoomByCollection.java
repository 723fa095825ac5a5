package io.offheap.allocator;

import io.offheap.memory.util.StackRoom;

/// Room for a block that was refused, by the allowance or by the hard limit: what was found already is freed, then the collector has to
/// run, again and again while that helps.
///
/// Any thread may call any method, with no lock held.
final class RoomByCollection {

    /// Other threads may take what a collection has found; then the next one is for this thread, or the one after that.
    private static final int MOST_COLLECTIONS = 100;

    private final Allowance allowance;
    private final BufferTable buffers;
    private final CollectedBlocks blocks;
    private final KeptBlocks kept;
    private final CollectedUse use;
    private final Findings findings;
    private final CollectorRuns runs;

    RoomByCollection(Allowance allowance, BufferTable buffers, CollectedBlocks blocks, KeptBlocks kept,
            CollectedUse use, Findings findings, CollectorRuns runs) {
        this.allowance = allowance;
        this.buffers = buffers;
        this.blocks = blocks;
        this.kept = kept;
        this.use = use;
        this.findings = findings;
        this.runs = runs;
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
