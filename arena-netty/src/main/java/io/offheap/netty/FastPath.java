package io.offheap.netty;

import io.netty.buffer.ByteBuf;
import java.io.Serial;

/// The two calls that a program makes most, each compiled as a whole and never as a part of its caller.
///
/// HotSpot gives up inlining fifteen calls deep, and an access through `java.lang.foreign` is nine calls deep by itself. A
/// program that allocates a buffer is some calls deep already, in a pipeline of handlers many; inlined there, the accesses of an
/// allocation end as real calls, several of them. Here they begin at depth one, wherever the caller is.
///
/// A `Throwable`, although nobody throws it, for one reason: HotSpot does not inline methods of throwables into those of other
/// classes. Where that changes nothing is lost but time (docs/netty.md has both figures).
final class FastPath extends Throwable {

    @Serial
    private static final long serialVersionUID = 1L;

    private FastPath() {}

    static ByteBuf allocate(OffHeapByteBufAllocator allocator, int initialCapacity, int maxCapacity) {
        return allocator.allocate(initialCapacity, maxCapacity);
    }

    static void free(OffHeapByteBuf buffer) {
        buffer.free();
    }
}
