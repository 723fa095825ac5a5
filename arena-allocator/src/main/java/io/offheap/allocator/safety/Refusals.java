package io.offheap.allocator.safety;

/// Why a block cannot be freed or asked for, in the words and with the causes that a program is told.
///
/// Stateless.
final class Refusals {

    private Refusals() {}

    static IllegalArgumentException foreign(long address) {
        return notLive(address, "foreign, or freed long ago", null);
    }

    static IllegalArgumentException interior(long address, Block around) {
        return notLive(address, "it is %d bytes from the start of the live block of %d bytes at 0x%x".formatted(
                address - around.address, around.size, around.address), around);
    }

    static IllegalArgumentException alreadyFreed(Block block) {
        return notLive(block.address, "freed already, a block of %d bytes".formatted(block.size), block);
    }

    static IllegalArgumentException hidden(Block block) {
        return notLive(block.address, "it belongs to an arena or a buffer", block);
    }

    private static IllegalArgumentException notLive(long address, String why, Block block) {
        return new IllegalArgumentException("0x%x is not the address of a live block: %s".formatted(address, why),
                block == null ? null : block.history());
    }

    static IllegalArgumentException otherSize(Block block, long byteSize) {
        return new IllegalArgumentException("the block at 0x%x was not handed out with %d bytes but with %d"
                .formatted(block.address, byteSize, block.size), block.history());
    }
}
