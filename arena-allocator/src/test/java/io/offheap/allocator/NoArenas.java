package io.offheap.allocator;

/// What becomes of the blocks of automatic arenas where a test has none.
final class NoArenas implements AutoBlocks.Taker {

    /// {@return blocks of no arena}
    static AutoBlocks blocks() {
        return new AutoBlocks(new NoArenas(), () -> { }, Runtime.getRuntime().maxMemory());
    }

    @Override
    public boolean keep(long address, long byteSize) {
        throw new AssertionError("there are no arenas");
    }

    @Override
    public void take(long address, long byteSize) {
        throw new AssertionError("there are no arenas");
    }
}
