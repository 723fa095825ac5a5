package io.offheap.allocator;

import io.offheap.allocator.BufferPlaces.Loose;
import io.offheap.allocator.BufferTable.Added;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Byte buffers whose memory goes back when no view of them is reachable any more, or when they are freed.
///
/// Every buffer has a scope of its own, that of a shared arena of the JDK that nobody closes. All views, slices and duplicates, and
/// the segments made from them, refer to it; and it refers to the buffer that was handed out, through an action at its end, which never
/// comes. So that buffer is unreachable exactly when all of them are, and one phantom reference to it does for both: it tells
/// of the end, and the buffer from its views. An automatic arena, whose end the JDK would tell us, costs several times as
/// much and goes through the one cleaner thread of the process; nobody can hang anything on the end of this one, so it needs none.
///
/// That tie takes four objects and a locked instruction. Where the last buffer was freed the next one will be, as a rule, and is *loose*:
/// views refer to it without a tie, and its scope, which segments have, is kept by its reference ([Loose]). If it is dropped after
/// all, a first collection finds the buffer unreachable, and another one the scope. Its scope may be old by then, and found by collections of the
/// old generation only; so no more than half of the allowance, or of the hard limit, is left to such buffers.
///
/// Small buffers that are dropped, where hardly any is kept, share scope and reference with others ([Cohort]).
///
/// And a thread that frees each buffer before it wants the next one has them at a *berth* ([BufferBerths]), without any of this.
///
/// Exactly one of a free and the collector gives a block back: whoever takes it out of the table, or has the buffer leave its berth.
///
/// Any thread may call any method, with no lock held.
final class DirectBuffers {

    /// Keeps the buffer for as long as its scope is reachable.
    private static final class Anchor implements Consumer<MemorySegment> {
        private ByteBuffer buffer;

        @Override
        public void accept(MemorySegment end) {
            throw new AssertionError("nobody closes the scope of " + buffer);
        }
    }

    /// The JDK makes no larger buffers of segments: `MemorySegment.asByteBuffer`.
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    private final CollectedMemory memory;
    private final BufferTable table;
    private final BufferBerths berths;
    private final Cohorts cohorts;

    DirectBuffers(CollectedMemory memory) {
        this.memory = memory;
        this.table = memory.buffers();
        this.berths = memory.berths();
        this.cohorts = memory.cohorts();
    }

    /// {@return a new buffer}
    ///
    /// @throws OutOfMemoryError if the memory cannot be had
    ByteBuffer allocate(int capacity) {
        memory.notice();
        final var buffer = berths.take(capacity);
        return buffer != null ? buffer : allocateInTable(capacity);
    }

    private ByteBuffer allocateInTable(int capacity) {
        final int smallClass = memory.smallClass(capacity);
        if (smallClass == Blocks.NO_SLOT) {
            return allocateLarge(capacity);
        }
        final long spare = memory.takeSpare(smallClass, capacity);
        if (spare != 0) {
            return enter(spare, capacity, Blocks.NO_SLOT);
        }
        final var buffer = enter(memory.allocateUncounted(smallClass, capacity), capacity, smallClass);
        return buffer != null ? buffer : enter(memory.allocateRefused(capacity), capacity, Blocks.NO_SLOT);
    }

    private ByteBuffer allocateLarge(int capacity) {
        if (capacity > LARGEST) {
            throw new OutOfMemoryError("capacity=" + capacity + ": more than a buffer of a segment can have, " + LARGEST);
        }
        return enter(memory.allocate(capacity, 1, true), capacity, Blocks.NO_SLOT);
    }

    /// Makes a buffer of a block.
    ///
    /// @param uncounted the class of a slot that is still to be counted, or [Blocks#NO_SLOT]
    /// @return null if that exceeds the allowance; then, and after an exception, the block is free
    private ByteBuffer enter(long address, int capacity, int uncounted) {
        final ByteBuffer buffer;
        final Added added;
        try {
            final var places = table.placesFor(address, capacity);
            final var members = cohortFor(places, address, capacity);
            final var member = members == null ? null : members.join(address, capacity);
            final PhantomReference<?> reference;
            if (member != null) {
                buffer = member;
                reference = members.cohort();
            } else if (places.wasFreed(address) && memory.isLessThanHalfTaken()) {
                final var arena = Arena.ofShared();
                buffer = RawMemory.segment(address, capacity, arena).asByteBuffer();
                reference = new Loose(buffer, arena.scope());
            } else {
                buffer = makeTied(address, capacity);
                reference = new PhantomReference<>(buffer, null);
            }
            added = table.add(places, address, capacity, uncounted, reference);
        } catch (Throwable e) {
            leave(address, capacity, uncounted);
            throw e;
        }
        if (added == Added.IN_PLACE_OF_ANOTHER) {
            return buffer;
        }
        if (added == Added.REFUSED) {
            leave(address, capacity, uncounted);
            return null;
        }
        memory.pressFor(capacity);
        return buffer;
    }

    /// {@return the members of which the next buffer is to be one, or null}
    private Cohort.Members cohortFor(BufferPlaces places, long address, int capacity) {
        return cohorts.areWorthIt() && capacity <= Cohorts.LARGEST && !places.wasFreed(address) && memory.isLessThanHalfTaken()
                ? places.cohort(Cohorts.size(capacity)) : null;
    }

    private static ByteBuffer makeTied(long address, int capacity) {
        final var anchor = new Anchor();
        final var buffer = RawMemory.segment(address, capacity, Arena.ofShared(), anchor).asByteBuffer();
        anchor.buffer = buffer;
        return buffer;
    }

    private void leave(long address, int capacity, int uncounted) {
        if (uncounted != Blocks.NO_SLOT) {
            memory.freeUncounted(address, uncounted);
        } else {
            memory.free(address, capacity);
        }
    }

    /// Frees the memory of a buffer at once.
    ///
    /// @throws IllegalArgumentException if it is not a live buffer as it was handed out
    void free(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("not a direct buffer: " + buffer);
        }
        if (!berths.leave(buffer)) {
            freeInTable(buffer);
        }
    }

    private void freeInTable(ByteBuffer buffer) {
        final long address = MemorySegment.ofBuffer(buffer).address() - buffer.position();
        final int capacity = buffer.capacity();
        final int smallClass = memory.smallClass(capacity);
        final boolean installs = smallClass != Blocks.NO_SLOT && berths.wantsBlock(capacity);
        final int uncounted = installs ? Blocks.NO_SLOT : smallClass;
        if (!table.remove(address, buffer, uncounted)) {
            if (berths.leaveAny(buffer)) {
                return;
            }
            if (!table.remove(address, buffer, uncounted)) {        // there it is if it has left a berth meanwhile
                throw new IllegalArgumentException(
                        "%s at 0x%x is not a live buffer as it was handed out: foreign, a view, or freed already"
                                .formatted(buffer, address));
            }
        }
        if (!installs || !berths.install(address, capacity, smallClass)) {
            leave(address, capacity, uncounted);
        }
        Reference.reachabilityFence(buffer);            // until here the collector does not have it
    }

    /// {@return buffers whose memory has not come back yet}
    long count() {
        return table.count() + berths.count();
    }

    /// {@return how many slots wait for the next buffers, by class}
    long[] vacantSlots() {
        return memory.vacantSlots();
    }

    /// {@return their capacities, in bytes}
    long bytes() {
        return table.bytes() + berths.bytes();
    }
}
