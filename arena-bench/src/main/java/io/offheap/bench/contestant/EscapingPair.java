package io.offheap.bench.contestant;

import io.offheap.memory.os.RawMemory;

/// A pair whose block is stored in a field in between, as if it were passed to other code: the JIT has to make the
/// object.
///
/// @param <B> what stands for a block
final class EscapingPair<B> implements Pair {

    private final ObjectContestant<B> contestant;
    private B block;

    EscapingPair(ObjectContestant<B> contestant) {
        this.contestant = contestant;
    }

    @Override
    public long touch(long sizeBytes) {
        block = contestant.allocate(sizeBytes);
        final long address = contestant.address(block);
        RawMemory.putByte(address, (byte) 1);
        contestant.free(block);
        return address;
    }

    @Override
    public long write(long sizeBytes) {
        block = contestant.allocate(sizeBytes);
        final long address = contestant.address(block);
        RawMemory.segment(address, sizeBytes).fill((byte) 1);
        contestant.free(block);
        return address;
    }
}
