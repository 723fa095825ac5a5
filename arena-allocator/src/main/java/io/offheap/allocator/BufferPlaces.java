package io.offheap.allocator;

import io.offheap.allocator.BufferTable.Added;
import io.offheap.allocator.size.SizeClasses;
import java.lang.foreign.MemorySegment.Scope;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import java.nio.ByteBuffer;

/// The places of direct buffers of about one size whose memory lies together: one for each address at which such a buffer can begin.
///
/// Buffers of at least so many bytes begin at least so far apart. So with places that far apart no two live buffers share one, and who
/// has a block has its place for himself: nobody else puts anything in.
///
/// ```
///   never used --> buffer <--> vacancy, which may have kept what the buffer took of the allowance
///                                  \--> vacancy that keeps nothing: given up at the limit
/// ```
///
/// A sweep leaves the scope of a *loose* buffer at its place until that is unreachable too. Buffers of a [Cohort] have one reference at all
/// their places.
///
/// Each arrow is one compare-and-set of the reference at the place, which tells who did it: of a free, a sweep and another free of the same
/// buffer one; of the next buffer and who gives up what a vacancy keeps one.
///
/// Any thread may call any method. No lock, and no Java heap once it is made but some for loose buffers, which wait where there is none.
///
/// ## Invariants (checked by [#checkInvariants], when nobody adds or removes)
/// - **Y1** a place has a block exactly if its reference is to a buffer or to the scope of one
/// - **Y2** a block is one of those whose key this is, and its place is that of its address
/// - **Y3** the flags are set if there are buffers, or vacancies that keep something
final class BufferPlaces {

    /// What stands at a place that a buffer has left. It refers to nothing.
    static final class Vacancy extends PhantomReference<ByteBuffer> {
        private final long kept;

        /// @param kept bytes of the allowance that the next buffer there need not take
        Vacancy(long kept) {
            super(null, null);
            this.kept = kept;
        }
    }

    /// Tells of the end of a buffer that does not depend on its scope: segments made from it have the scope, and may have
    /// it for longer. No buffer and no view of one does, since views refer to the buffer.
    static final class Loose extends PhantomReference<ByteBuffer> {
        private final Scope scope;

        Loose(ByteBuffer buffer, Scope scope) {
            super(buffer, null);
            this.scope = scope;
        }
    }

    /// What a sweep leaves behind.
    private static final Vacancy EMPTY = new Vacancy(0);

    private static final int COUNT_SHIFT = 7;
    private static final int COUNT = 1 << COUNT_SHIFT;

    /// No two buffers of more begin within so many bytes either.
    private static final int LARGEST_SPACING_SHIFT = 15;

    /// Where the spacing is in a key: above all bits of an address.
    private static final int KEY_SHIFT = 58;

    /// A block: its capacity and one more, above the bytes from the place to its address, which are fewer than the spacing.
    private static final int CAPACITY_SHIFT = 16;
    private static final long OFFSET_MASK = (1L << CAPACITY_SHIFT) - 1;
    private static final long NONE = 0;

    private static final VarHandle REFERENCES = MethodHandles.arrayElementVarHandle(PhantomReference[].class);

    private final long key;
    private final int spacingShift;

    // Of the exact type, so that the JIT knows which of the many `refersTo` it calls.
    private final PhantomReference<?>[] references = new PhantomReference<?>[COUNT];
    private final long[] blocks = new long[COUNT];

    private long added;                 // how many by and large: threads that meet count as one
    private int left;                   // how many the last sweep has left here

    /// Whose members the next one here joins, or null. Of threads that meet each may found one; the last one's stays.
    private Cohort open;

    // Each says that a look is worth it. Set after what it tells of, and cleared before a look: so no look misses what stays.
    private volatile boolean mayHaveBuffers;
    private volatile boolean mayKeep;

    BufferPlaces(long address, int capacity) {
        this.key = key(address, capacity);
        this.spacingShift = spacingShift(capacity);
    }

    /// {@return what all blocks have in common whose places are together}
    static long key(long address, int capacity) {
        final int shift = spacingShift(capacity);
        return (long) shift << KEY_SHIFT | address >>> shift + COUNT_SHIFT;
    }

    private static int spacingShift(int capacity) {
        final int atMost = Math.min(capacity | SizeClasses.QUANTUM, 1 << LARGEST_SPACING_SHIFT);
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(atMost);
    }

    long key() {
        return key;
    }

    private int place(long address) {
        return (int) (address >>> spacingShift) & COUNT - 1;
    }

    private long block(long address, int capacity) {
        return capacity + 1L << CAPACITY_SHIFT | address & (1L << spacingShift) - 1;
    }

    private long addressOf(int place) {
        final long start = key & (1L << KEY_SHIFT) - 1;
        return (start << COUNT_SHIFT | place) << spacingShift | blocks[place] & OFFSET_MASK;
    }

    private static int capacity(long block) {
        return (int) ((block >>> CAPACITY_SHIFT) - 1);
    }

    /// {@return whether the last buffer at the place of a block was freed, not found unreachable} The caller has the block.
    boolean wasFreed(long address) {
        final var before = references[place(address)];
        return before != null && before != EMPTY;
    }

    /// {@return the members of the cohort that the next buffer here may join} Threads that meet may find it full.
    ///
    /// @param most members, if it is a new one
    Cohort.Members cohort(int most) {
        final var last = open;
        final var members = last == null ? null : last.members();
        if (members != null && !members.isFull()) {
            return members;
        }
        final var founded = new Cohort.Members(most);
        open = founded.cohort();
        return founded;
    }

    /// Puts a buffer in, whose block the caller has.
    ///
    /// @param charge bytes that it takes of the allowance; 0 if it has them already
    Added add(long address, int capacity, long charge, PhantomReference<?> reference, Allowance allowance) {
        final int place = place(address);
        while (true) {
            final var before = (Vacancy) references[place];
            final long kept = before == null ? 0 : before.kept;
            if (kept < charge && !allowance.tryTake(charge - kept)) {
                return Added.REFUSED;
            }
            blocks[place] = block(address, capacity);
            if (REFERENCES.compareAndSet(references, place, before, reference)) {
                if (kept > charge) {
                    allowance.giveBack(kept - charge);
                }
                added++;
                if (!mayHaveBuffers) {
                    mayHaveBuffers = true;
                }
                return before == null ? Added.FIRST_AT_ITS_PLACE : Added.IN_PLACE_OF_ANOTHER;
            }
            blocks[place] = NONE;
            if (kept < charge) {                        // somebody has given up what was kept
                allowance.giveBack(charge - kept);
            }
        }
    }

    /// Takes a buffer out, if its block is that one.
    ///
    /// @param vacancy what it leaves behind
    /// @return whether there was one
    boolean remove(long address, ByteBuffer buffer, Vacancy vacancy) {
        final int place = place(address);
        final var reference = references[place];
        if (reference == null || blocks[place] != block(address, buffer.capacity()) || !hasLeft(reference, buffer)
                || !REFERENCES.compareAndSet(references, place, reference, vacancy)) {
            return false;
        }
        blocks[place] = NONE;
        if (vacancy.kept != 0 && !mayKeep) {
            mayKeep = true;
        }
        return true;
    }

    /// {@return whether a buffer is the one, or one of those, that a reference tells the end of} Of a cohort it is none any more then.
    private static boolean hasLeft(PhantomReference<?> reference, ByteBuffer buffer) {
        return refersTo(reference, buffer) || reference instanceof Cohort cohort && cohort.leave(buffer);
    }

    @SuppressWarnings("unchecked") // to a buffer, or to what is none: a scope, or a cohort's members
    private static boolean refersTo(PhantomReference<?> reference, ByteBuffer buffer) {
        return ((PhantomReference<ByteBuffer>) reference).refersTo(buffer);
    }

    /// Takes out all buffers that the collector has found unreachable, but for loose ones: of these the scopes are looked for from now
    /// on. From the highest address down: what waits for the next buffers is a stack, and processors fetch ahead what is used upwards.
    ///
    /// @return how many of either
    int sweep(BufferTable.Taker taker) {
        if (!mayHaveBuffers) {
            left = 0;
            return 0;
        }
        mayHaveBuffers = false;
        VarHandle.fullFence();
        int found = 0;
        int alive = 0;
        for (int place = COUNT - 1; place >= 0; place--) {
            final var reference = references[place];
            if (reference == null || reference instanceof Vacancy) {
                continue;
            }
            if (!mayHaveBuffers) {
                mayHaveBuffers = true;                  // or will have, if what is found here is not taken
            }
            if (!reference.refersTo(null)) {
                alive++;
                continue;
            }
            if (reference instanceof Loose loose) {
                found += watchesScope(place, loose) ? 1 : 0;
            } else if (REFERENCES.compareAndSet(references, place, reference, EMPTY)) {
                takeOut(place, taker);
                found++;
            }
        }
        left = alive;
        return found;
    }

    /// {@return whether the next collection may find the scope of a buffer unreachable, which itself is}
    private boolean watchesScope(int place, Loose loose) {
        try {
            return REFERENCES.compareAndSet(references, place, loose, new PhantomReference<>(loose.scope, null));
        } catch (OutOfMemoryError _) {
            return false;                               // no heap for it: the next sweep may have some
        }
    }

    private void takeOut(int place, BufferTable.Taker taker) {
        final long address = addressOf(place);
        final int capacity = capacity(blocks[place]);
        blocks[place] = NONE;
        taker.take(address, capacity);
    }

    /// Gives back all that vacancies keep of the allowance.
    void giveUpKept(Allowance allowance) {
        if (!mayKeep) {
            return;
        }
        mayKeep = false;
        VarHandle.fullFence();
        for (int place = 0; place < COUNT; place++) {
            if (references[place] instanceof Vacancy vacancy && vacancy.kept != 0
                    && REFERENCES.compareAndSet(references, place, vacancy, EMPTY)) {
                allowance.giveBack(vacancy.kept);
            }
        }
    }

    /// {@return bytes of the allowance that vacancies keep}
    long kept() {
        long sum = 0;
        if (mayKeep) {
            for (final var reference : references) {
                sum += reference instanceof Vacancy vacancy ? vacancy.kept : 0;
            }
        }
        return sum;
    }

    /// {@return how many buffers are in}
    long count() {
        long count = 0;
        if (mayHaveBuffers) {
            for (final long block : blocks) {
                count += block == NONE ? 0 : 1;
            }
        }
        return count;
    }

    /// {@return the sum of their capacities}
    long bytes() {
        long sum = 0;
        if (mayHaveBuffers) {
            for (final long block : blocks) {
                sum += block == NONE ? 0 : capacity(block);
            }
        }
        return sum;
    }

    /// Visits all buffers. When nobody adds or removes.
    void forEach(BufferTable.Taker visitor) {
        for (int place = 0; place < COUNT; place++) {
            if (blocks[place] != NONE) {
                visitor.take(addressOf(place), capacity(blocks[place]));
            }
        }
    }

    /// {@return true} O(places).
    ///
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        for (int place = 0; place < COUNT; place++) {
            final var reference = references[place];
            final long kept = reference instanceof Vacancy vacancy ? vacancy.kept : 0;
            final boolean isBuffer = reference != null && !(reference instanceof Vacancy);
            check("Y1", isBuffer == (blocks[place] != NONE), place);
            check("Y2", !isBuffer || isPlaceOf(place, addressOf(place), capacity(blocks[place])), place);
            check("Y3", (!isBuffer || mayHaveBuffers) && (kept == 0 || mayKeep), place);
        }
        return true;
    }

    private boolean isPlaceOf(int place, long address, int capacity) {
        return capacity >= 0 && key(address, capacity) == key && place(address) == place && block(address, capacity) == blocks[place];
    }

    private void check(String invariant, boolean holds, int place) {
        if (!holds) {
            throw new AssertionError("%s: place %d of key 0x%x: block 0x%x, %s"
                    .formatted(invariant, place, key, blocks[place], references[place]));
        }
    }

    /// {@return how many the last sweep has left}
    long left() {
        return left;
    }

    /// {@return how many were ever put in, by and large}
    long added() {
        return added;
    }
}
