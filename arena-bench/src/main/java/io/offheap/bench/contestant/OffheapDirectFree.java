package io.offheap.bench.contestant;

import java.nio.ByteBuffer;

/// `offheap-direct-free`: the allocator of this project, a direct ByteBuffer for each block, freed at once. Zeroes what it hands
/// out. It stands beside `jdk-direct-cleaner`.
final class OffheapDirectFree extends OffheapDirect {

    @Override
    void free(ByteBuffer block) {
        allocator.free(block);
    }
}
