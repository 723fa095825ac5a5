package io.offheap.allocator;

import java.lang.management.BufferPoolMXBean;
import javax.management.ObjectName;

/// The direct buffers of an allocator, as the JDK shows its own.
///
/// @param name    the allocator's
/// @param at      where it is registered
/// @param buffers what is counted
record DirectBufferPool(String name, ObjectName at, DirectBuffers buffers) implements BufferPoolMXBean {

    @Override
    public String getName() {
        return name;
    }

    @Override
    public long getCount() {
        return buffers.count();
    }

    @Override
    public long getTotalCapacity() {
        return buffers.bytes();
    }

    /// {@return the capacities, without what size classes round up}
    @Override
    public long getMemoryUsed() {
        return buffers.bytes();
    }

    @Override
    public ObjectName getObjectName() {
        return at;
    }
}
