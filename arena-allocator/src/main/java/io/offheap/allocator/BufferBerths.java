package io.offheap.allocator;

import io.offheap.allocator.BufferPlaces.Loose;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotVisitor;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.StackRoom;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;

/// Blocks that wait for the next direct buffer of their capacity, each with the segment that such a buffer is made of.
///
/// A thread that frees its buffers and allocates the next ones of the same capacity has a *berth*: buffer after buffer is in the same
/// block, and the berth refers to it. Such a buffer has no place in the table, and no reference and no scope of its own. So to
/// allocate one makes one object and takes one compare-and-set, and to free it takes another.
///
/// ```
///   installed --> vacant <--> occupied by a buffer --> over: the buffer is in the table
///                     \--> over: the block has gone back, or has a new berth
/// ```
///
/// A berth's block is in no cache and in no other buffer, and its charge is taken from the allowance. A buffer that occupies a berth is not
/// in the table.
///
/// What occupies a berth is reachable. So each sweep moves it into the table first, where the collector can find it; a few buffers, one a
/// berth, take a sweep more than others. What refers to an earlier buffer of the berth, or to a segment of it, keeps the scope that
/// the next ones have too: if one of these is dropped, its block waits for that. After each collection the scopes are new.
///
/// Each arrow is one compare-and-set of the occupant, which tells who did it. What moves a buffer has a lock meanwhile, and so has who
/// looks for one in the berths of others: nobody finds it in neither.
///
/// Any thread may call any method.
///
/// ## Invariants (checked by [#checkInvariants], when nobody is on the way)
/// - **M1** a berth in the array is not over
/// - **M2** its segment is as long as its capacity, within a slot of its class, and in its block, and so is what occupies it
/// - **M3** no two have one block, and no buffer in the table has it
final class BufferBerths {

    /// Gives a block back that is counted; no lock is held.
    interface Release {
        void free(long address);
    }

    private static final int COUNT = 64;

    /// A berth is installed, or one for another capacity in its place, at one in so many frees that come past it.
    private static final int FREES_TO_INSTALL = 256;

    private final BufferTable table;
    private final Release release;
    private final boolean installs;

    /// By the number of the thread. Written with the lock.
    private final Berth[] berths = new Berth[COUNT];
    private final int[] passed = new int[COUNT];       // frees since then, by and large

    private final SpinLock moving = new SpinLock();

    /// @param table   of buffers that have no berth
    /// @param release what becomes of a block that nobody wants any more
    /// @param installs whether there are to be any
    BufferBerths(BufferTable table, Release release, boolean installs) {
        this.table = table;
        this.release = release;
        this.installs = installs;
        Arrays.fill(berths, Berth.NONE);
    }

    private static int own() {
        return (int) Thread.currentThread().threadId() & COUNT - 1;
    }

    /// {@return a new buffer at the calling thread's berth, zeroed, or null if there is none of that capacity, or not vacant} Fast.
    ByteBuffer take(int capacity) {
        final var berth = berths[own()];
        return berth.capacity == capacity && berth.occupant == null ? take(berth) : null;
    }

    private ByteBuffer take(Berth berth) {
        final var buffer = berth.segment.asByteBuffer();
        if (!Berth.OCCUPANT.compareAndSet(berth, (ByteBuffer) null, buffer)) {
            return null;
        }
        berth.uses++;
        RawMemory.zero(berth.address, berth.capacity);
        Reference.reachabilityFence(buffer);            // a sweep may have moved it: the block is its until here
        Reference.reachabilityFence(this);
        return buffer;
    }

    /// {@return whether a buffer was at the calling thread's berth} It is freed then. Fast.
    boolean leave(ByteBuffer buffer) {
        return berths[own()].leave(buffer);
    }

    /// {@return whether a buffer was at any berth} It is freed then. A buffer that was not, and is live, is in the table.
    boolean leaveAny(ByteBuffer buffer) {
        moving.lock();
        try {
            for (final var berth : berths) {
                if (berth.leave(buffer)) {
                    return true;
                }
            }
            return false;
        } finally {
            moving.unlock();
        }
    }

    /// {@return whether the calling thread is to [#install] the block of a buffer that it frees}
    boolean wantsBlock(int capacity) {
        final int own = own();
        return ++passed[own] % FREES_TO_INSTALL == 0 && installs && wantsBlock(berths[own], capacity);
    }

    private static boolean wantsBlock(Berth berth, int capacity) {
        return (berth.isOver() || berth.occupant == null && berth.capacity != capacity) && StackRoom.hasMuch();
    }

    /// Makes a berth of a block whose buffer has left the table, and left its charge to the berth. What was there before goes back.
    ///
    /// @return whether it could be; else the block is still the caller's
    boolean install(long address, int capacity, int slotClass) {
        final int own = own();
        final Berth berth;
        try {
            berth = new Berth(address, capacity, slotClass);
        } catch (OutOfMemoryError _) {
            return false;
        }
        final Berth before;
        final boolean hasEnded;
        moving.lock();
        try {
            before = berths[own];
            hasEnded = before.ends();
            if (!hasEnded && !before.isOver()) {
                return false;
            }
            berths[own] = berth;
        } finally {
            moving.unlock();
        }
        if (hasEnded) {
            release.free(before.address);
        }
        return true;
    }

    /// Moves the buffers that are at berths into the table, where a sweep finds them. Where there is no Java heap for that they stay.
    void moveOut() {
        for (int i = 0; i < COUNT; i++) {
            final var berth = berths[i];
            final var buffer = berth.occupant;
            if (buffer != null && buffer != Berth.OVER) {
                moveOut(i, berth, buffer);
            }
        }
    }

    private void moveOut(int place, Berth berth, ByteBuffer buffer) {
        final Loose reference;
        final BufferPlaces places;
        try {
            reference = new Loose(buffer, berth.segment.scope());
            places = table.placesFor(berth.address, berth.capacity);
        } catch (OutOfMemoryError _) {
            return;
        }
        moving.lock();
        try {
            if (Berth.OCCUPANT.compareAndSet(berth, buffer, Berth.OVER)) {
                table.add(places, berth.address, berth.capacity, Blocks.NO_SLOT, reference);
                berths[place] = Berth.NONE;
            }
        } finally {
            moving.unlock();
        }
    }

    /// Gives all vacant berths new scopes. To be called after each collection: a scope that has grown old with its berth would be found
    /// by collections of the old generation only.
    void renew() {
        for (int i = 0; i < COUNT; i++) {
            final var berth = berths[i];
            if (berth.occupant == null && !renew(i, berth)) {
                return;
            }
        }
    }

    private boolean renew(int place, Berth berth) {
        final Berth renewed;
        try {
            renewed = new Berth(berth.address, berth.capacity, berth.slotClass);
        } catch (OutOfMemoryError _) {
            return false;
        }
        renewed.uses = berth.uses;
        renewed.usesBefore = berth.usesBefore;
        moving.lock();
        if (berth.ends()) {
            berths[place] = renewed;                    // the block and its charge are the new one's
        }
        moving.unlock();
        return true;
    }

    /// Gives up all vacant berths.
    void drain() {
        for (int i = 0; i < COUNT; i++) {
            end(i, berths[i]);
        }
    }

    /// Gives up those that nobody has used since the last call.
    void trim() {
        for (int i = 0; i < COUNT; i++) {
            final var berth = berths[i];
            final long uses = berth.uses;
            if (uses == berth.usesBefore) {
                end(i, berth);
            } else {
                berth.usesBefore = uses;
            }
        }
    }

    private void end(int place, Berth berth) {
        if (!berth.ends()) {
            return;
        }
        moving.lock();
        if (berths[place] == berth) {
            berths[place] = Berth.NONE;
        }
        moving.unlock();
        release.free(berth.address);
    }

    /// Visits the blocks of all berths, of a slot class each. When nobody is on the way.
    void forEach(SlotVisitor visitor) {
        for (final var berth : berths) {
            if (berth != Berth.NONE) {
                visitor.visit(berth.address, berth.slotClass);
            }
        }
    }

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    boolean checkInvariants(SlotClasses classes) {
        final var blocks = new HashSet<Long>();
        table.forEach((address, _) -> blocks.add(address));
        for (final var berth : berths) {
            if (berth != Berth.NONE) {
                berth.checkInvariants(classes);
                if (!blocks.add(berth.address)) {
                    throw new AssertionError("M3: " + berth);
                }
            }
        }
        return true;
    }

    /// {@return how many buffers are at berths}
    long count() {
        long count = 0;
        for (final var berth : berths) {
            count += berth.isOccupied() ? 1 : 0;
        }
        return count;
    }

    /// {@return the sum of their capacities}
    long bytes() {
        long sum = 0;
        for (final var berth : berths) {
            sum += berth.isOccupied() ? berth.capacity : 0;
        }
        return sum;
    }

    /// {@return the sum of the slots that wait at vacant berths} Needs no Java heap.
    long vacantBytes(SlotClasses classes) {
        long sum = 0;
        for (final var berth : berths) {
            sum += berth.occupant == null ? classes.sizeOf(berth.slotClass) : 0;
        }
        return sum;
    }

    /// Adds one to the number of free slots of its class for each vacant berth.
    void countVacant(long[] slots) {
        for (final var berth : berths) {
            if (berth.occupant == null) {
                slots[berth.slotClass]++;
            }
        }
    }
}
