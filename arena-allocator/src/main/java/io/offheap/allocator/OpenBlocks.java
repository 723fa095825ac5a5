package io.offheap.allocator;

import io.offheap.allocator.Lifecycle.Call;
import io.offheap.allocator.safety.BlockSource;

/// The blocks of an allocator while it is open. Every method throws `IllegalStateException` if the allocator is closed, also
/// meanwhile.
///
/// Any thread; no lock may be held.
record OpenBlocks(Lifecycle lifecycle, BlockSource source) implements BlockSource {

    private static final Call<BlockSource> ALLOCATE = (source, size, alignment) -> source.allocate(size, alignment, false);

    private static final Call<BlockSource> ALLOCATE_ZEROED = (source, size, alignment) -> source.allocate(size, alignment, true);

    private static final Call<BlockSource> ALLOCATE_HIDDEN =
            (source, size, alignment) -> source.allocateHidden(size, alignment, false);

    private static final Call<BlockSource> ALLOCATE_HIDDEN_ZEROED =
            (source, size, alignment) -> source.allocateHidden(size, alignment, true);

    private static final Call<BlockSource> FREE = (source, address, size) -> {
        source.free(address, size);
        return 0;
    };

    private static final Call<BlockSource> FREE_HIDDEN = (source, address, _) -> {
        source.freeHidden(address);
        return 0;
    };

    private static final Call<BlockSource> USABLE_SIZE = (source, address, _) -> source.usableSize(address);

    @Override
    public long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        return lifecycle.whileOpen(zeroed ? ALLOCATE_ZEROED : ALLOCATE, source, byteSize, byteAlignment);
    }

    @Override
    public long allocateHidden(long byteSize, long byteAlignment, boolean zeroed) {
        return lifecycle.whileOpen(zeroed ? ALLOCATE_HIDDEN_ZEROED : ALLOCATE_HIDDEN, source, byteSize, byteAlignment);
    }

    @Override
    public void free(long address, long byteSize) {
        lifecycle.whileOpen(FREE, source, address, byteSize);
    }

    @Override
    public void freeHidden(long address) {
        lifecycle.whileOpenMidway(FREE_HIDDEN, source, address, 0);
    }

    @Override
    public boolean resizeInPlace(long address, long byteSize, long newByteSize) {
        return lifecycle.whileOpen(() -> source.resizeInPlace(address, byteSize, newByteSize));
    }

    @Override
    public long usableSize(long address) {
        return lifecycle.whileOpen(USABLE_SIZE, source, address, 0);
    }

    /// Also of an allocator that is closed.
    @Override
    public long leaveToCollector(long address) {
        return source.leaveToCollector(address);
    }
}
