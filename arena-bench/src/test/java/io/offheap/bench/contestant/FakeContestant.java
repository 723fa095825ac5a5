package io.offheap.bench.contestant;

import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.Set;

/// Blocks from one arena, none used twice; counts, and can be told to go wrong.
public final class FakeContestant extends AddressContestant {

    private final Arena arena = Arena.ofAuto();
    private final Set<Long> live = new HashSet<>();
    private final long overlapBytes;
    private long address;
    private long end;
    private long allocations;
    private long purges;

    /// A contestant without fault.
    public FakeContestant() {
        this(0);
    }

    /// A contestant whose blocks overlap the ones before.
    ///
    /// @param overlapBytes by how much
    public FakeContestant(long overlapBytes) {
        this.overlapBytes = overlapBytes;
    }

    /// {@return how many blocks are allocated now}
    public synchronized int live() {
        return live.size();
    }

    /// {@return how many blocks were allocated}
    public synchronized long allocations() {
        return allocations;
    }

    /// {@return how often it was purged}
    public synchronized long purges() {
        return purges;
    }

    /// Fails while a block is live.
    @Override
    public synchronized void purge() {
        if (!live.isEmpty()) {
            throw new IllegalStateException(live.size() + " live blocks");
        }
        purges++;
    }

    @Override
    synchronized long allocate(long sizeBytes) {
        final long rounded = (sizeBytes + 15) & -16L;
        if (end - address < rounded) {
            final long chunk = Math.max(rounded, 1 << 20);
            address = arena.allocate(chunk, 16).address();
            end = address + chunk;
        }
        final long block = address;
        address += rounded - overlapBytes;
        live.add(block);
        allocations++;
        return block;
    }

    @Override
    synchronized void free(long block) {
        if (!live.remove(block)) {
            throw new IllegalStateException("freed twice: 0x" + Long.toHexString(block));
        }
    }
}
