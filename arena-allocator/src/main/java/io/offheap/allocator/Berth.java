package io.offheap.allocator;

import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/// One of the [BufferBerths]: a block, the segment of the buffers in it, and which of them is there.
final class Berth extends BerthPadding {

    static final VarHandle OCCUPANT;

    static {
        try {
            OCCUPANT = MethodHandles.lookup().findVarHandle(Berth.class, "occupant", ByteBuffer.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int NO_CAPACITY = -1;

    /// Stands for the occupant of a berth that is over. Not direct, so nobody frees it.
    static final ByteBuffer OVER = ByteBuffer.allocate(0);

    static final Berth NONE = new Berth();

    final long address;
    final int capacity;
    final int slotClass;
    final MemorySegment segment;
    volatile ByteBuffer occupant;

    long uses;                          // by and large, as the next one
    long usesBefore;                    // at the last trim

    Berth(long address, int capacity, int slotClass) {
        this.address = address;
        this.capacity = capacity;
        this.slotClass = slotClass;
        this.segment = RawMemory.segment(address, capacity, Arena.ofShared());
    }

    /// One that is over.
    private Berth() {
        this.address = 0;
        this.capacity = NO_CAPACITY;
        this.slotClass = Blocks.NO_SLOT;
        this.segment = null;
        this.occupant = OVER;
    }

    boolean isOver() {
        return occupant == OVER;
    }

    boolean isOccupied() {
        final var now = occupant;
        return now != null && now != OVER;
    }

    /// {@return whether it was vacant} It is over then.
    boolean ends() {
        return OCCUPANT.compareAndSet(this, (ByteBuffer) null, OVER);
    }

    boolean leave(ByteBuffer buffer) {
        return occupant == buffer && OCCUPANT.compareAndSet(this, buffer, (ByteBuffer) null);
    }

    /// Checks M1 and M2 of [BufferBerths].
    ///
    /// @throws AssertionError naming the invariant
    void checkInvariants(SlotClasses classes) {
        final var now = occupant;
        if (now == OVER) {
            throw new AssertionError("M1: " + this);
        }
        final var actual = now == null ? segment : MemorySegment.ofBuffer(now.duplicate().clear());
        if (actual.address() != address || actual.byteSize() != capacity || capacity > classes.sizeOf(slotClass)) {
            throw new AssertionError("M2: " + this + ", " + actual);
        }
    }

    @Override
    public String toString() {
        return "block 0x%x, %d bytes of class %d, %s".formatted(address, capacity, slotClass, occupant);
    }
}
