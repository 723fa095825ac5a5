package io.offheap.netty;

/// Buffers that nobody refers to any more and whose blocks could not be freed, because the Java heap is full and a free may need
/// an object of its own.
///
/// A stack that is linked through the buffers, behind a plain lock: nothing here may allocate, nor may the JVM, which makes objects
/// to link a `VarHandle` where it is used first.
///
/// Any thread.
final class Unfreed {

    /// Written under this object's lock; read without it to see that there is nothing.
    private volatile OffHeapByteBuf top;

    /// Takes a buffer that has a block and no reference.
    synchronized void add(OffHeapByteBuf buffer) {
        buffer.nextUnfreed = top;
        top = buffer;
    }

    private synchronized OffHeapByteBuf takeAll() {
        final OffHeapByteBuf all = top;
        top = null;
        return all;
    }

    /// Frees what waits. What still cannot be freed comes back.
    void freeAll() {
        if (top != null) {
            OffHeapByteBuf buffer = takeAll();
            while (buffer != null) {
                final OffHeapByteBuf next = buffer.nextUnfreed;
                buffer.nextUnfreed = null;
                buffer.free();
                buffer = next;
            }
        }
    }
}
