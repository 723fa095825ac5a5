package io.offheap.allocator.cache;

import io.offheap.allocator.extent.LiveByte;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotBatch;
import io.offheap.allocator.slab.SlotVisitor;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.source.RegionSource.FirstRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongPredicate;

/// Free slots at one thread's hand: a bounded stack of addresses for each slot class.
///
/// ```
///   heads     | top, end, bias, shift, -, -, -, - of class 0 | those of class 1 | ...
///                |    |
///            +---+    +------------------+
///   stack    v                           v
///    | 0 | address | address | ....  |  last place |
/// ```
///
/// `top` leads to the address pushed last, or to the zero below the first place. A class that has no stack yet has a `top` that leads to
/// a zero all share, and the place above it is beyond `end`.
///
/// The heads are an array of the Java heap, the stacks are out of line. The JIT inlines no more once it has seen a certain number of
/// nodes, and an access to plain memory is some 590 of them where one to an array is 40: with the heads out of line too, a pair of
/// allocate and free used two thirds of what a whole method of the program may have (docs/performance-history.md). The memory of the stacks
/// belongs to the garbage collector, so that whoever looks in from outside ([#count]) meets a live stack, even of a thread that has
/// ended.
///
/// ## Which slots are live
/// The heads also tell where the shadow of the first region has the byte for a slot: at `slot + bias >>> shift`, whatever the
/// class; that is 0 if there is none. For slots of further regions that is not so; they stand here negated, so that
/// the fast paths take them for none. Those are in [ThreadCache].
///
/// ## Capacity
/// A stack begins with 32 KiB of slots, at least 8 and at most 128; of slots that are runs of their own with 64 KiB. It
/// doubles when the owner's working set swings by more, and up to 128 slots when other threads take what the owner frees or
/// the reverse ([#grow]), as long as all growth of the thread stays within 1 MiB. So a thread keeps at most 1.15 MiB of
/// small slots, 0.7 MiB of runs and 1 MiB of growth.
///
/// Written by the cache's owner alone.
///
/// ## Invariants (checked by [#checkInvariants], when the owner is not at work)
/// - **K1** a class that has a stack, and no other, has its bit in `opened`, its `top` within the stack and its `end` at the last place;
///   the `top` of another leads to the zero that all share, and its `end` is 0
/// - **K2** below the first place of a stack is 0, and from there to `top` are no two slots that are the same, and none that is 0; those of
///   further regions, and no others, are negated
/// - **K3** `growthBytes` is what the capacities exceed the first ones by, at most [#MOST_GROWTH_BYTES]; each is the first one, doubled some
///   times, and beyond it at most [#MOST_SLOTS]
/// - **K4** `bias` and `shift` lead from a slot of the first region to its byte in the shadow
final class SlotStacks {

    private static final int CAPACITY_BYTES = 32 << 10;
    private static final int RUN_CAPACITY_BYTES = 64 << 10;
    static final int MOST_AT_FIRST = 128;
    private static final int LEAST_SMALL = 8;
    private static final int LEAST_RUNS = 1;

    /// What all growth beyond the first capacities may add, bytes of slots.
    static final long MOST_GROWTH_BYTES = 1 << 20;
    static final int MOST_SLOTS = 1024;

    /// What a stack of runs holds at most, when it alone has grown: they have four pages or more.
    static final int MOST_RUN_SLOTS = (int) ((MOST_GROWTH_BYTES + RUN_CAPACITY_BYTES) / SizeClasses.LARGEST_SMALL);

    /// Each has a bit in a word.
    private static final int MOST_CLASSES = Long.SIZE;

    private static final int HEAD_WORDS = 8;            // as long as a cache line
    static final int TOP = 0;
    static final int END = 1;
    static final int BIAS = 2;
    static final int SHIFT = 3;

    /// The shift where slots have no byte that says that they are live: what it leaves of an address is 0.
    static final long NO_SHADOW = Long.SIZE - 1;

    /// What the top of a class that has no stack leads to. Never written.
    static final MemorySegment ZERO = Arena.global().allocate(Long.BYTES, Long.BYTES);

    /// Heads of all classes there may be, that have neither slots nor places.
    static final long[] NOWHERE = headsOf(MOST_CLASSES);

    /// The same, for good.
    static final long[] ENDED = headsOf(MOST_CLASSES);

    private final SlotClasses classes;
    private final FirstRegion first;
    private final long[] heads;
    private final MemorySegment[] stacks;
    private long opened;                // classes that have a stack; a bit each
    private long growthBytes;

    /// @param first the region in which nearly all slots are
    SlotStacks(SlotClasses classes, FirstRegion first) {
        this.classes = classes;
        this.first = first;
        this.heads = headsOf(classes.count());
        this.stacks = new MemorySegment[classes.count()];
        for (int slotClass = 0; slotClass < stacks.length; slotClass++) {
            setShadow(slotClass, SlotClasses.cellShift(slotClass));
        }
    }

    private static long[] headsOf(int count) {
        final long[] heads = new long[count * HEAD_WORDS];
        for (int head = 0; head < heads.length; head += HEAD_WORDS) {
            heads[head + TOP] = ZERO.address();
        }
        return heads;
    }

    /// As [FirstRegion] says; a multiple of `1 << shift` may be added before the shift as well as its part after it.
    private void setShadow(int slotClass, int shift) {
        if (first.shadow() != 0) {
            heads[headOf(slotClass) + BIAS] = 2 * first.size() - first.base() + (first.shadow() << shift);
            heads[headOf(slotClass) + SHIFT] = shift;
        } else {
            heads[headOf(slotClass) + SHIFT] = NO_SHADOW;
        }
    }

    /// {@return where the word of the page of a slot of the first region is}
    long wordOf(long address) {
        assert isNear(address) : "0x%x is not of the first region".formatted(address);
        return first.wordOf(address);
    }

    /// {@return all heads: the same array for ever}
    long[] heads() {
        return heads;
    }

    /// {@return where the head of a class begins in the array of all heads} The fast paths.
    static int headOf(int slotClass) {
        return slotClass * HEAD_WORDS;
    }

    /// {@return the slot pushed last, which is the warmest, or 0}
    long pop(int slotClass) {
        final long top = heads[headOf(slotClass) + TOP];
        final long slot = RawMemory.getLong(top);
        if (slot != 0) {
            setTop(slotClass, top - Long.BYTES);
        }
        return Math.abs(slot);
    }

    /// {@return whether the slot was taken in: not if there is no place}
    boolean push(long address, int slotClass) {
        final long place = heads[headOf(slotClass) + TOP] + Long.BYTES;
        if (place > heads[headOf(slotClass) + END]) {
            return false;
        }
        RawMemory.putLong(place, isNear(address) ? address : -address);
        setTop(slotClass, place);
        return true;
    }

    private boolean isNear(long address) {
        return Long.compareUnsigned(address - first.base(), first.size()) < 0;
    }

    /// Makes room for a first push, if the heap has some.
    ///
    /// @return whether there is more room now
    boolean open(int slotClass) {
        return stacks[slotClass] == null && replace(slotClass, firstCapacity(slotClass));
    }

    /// Doubles a stack, if the bound of all growth allows it and the heap has room.
    ///
    /// @return whether there is more room now
    boolean grow(int slotClass) {
        final int capacity = capacity(slotClass);
        final long added = (long) capacity * classes.sizeOf(slotClass);
        if (capacity == 0 || 2 * capacity > MOST_SLOTS || growthBytes + added > MOST_GROWTH_BYTES
                || !replace(slotClass, 2 * capacity)) {
            return false;
        }
        growthBytes += added;
        return true;
    }

    /// Moves the slots of a class to a stack of another capacity, which holds them.
    ///
    /// @return false, and nothing has changed, if there is no heap for it
    private boolean replace(int slotClass, int capacity) {
        final MemorySegment stack;
        try {
            stack = Arena.ofAuto().allocate((capacity + 1L) * Long.BYTES, Long.BYTES);
        } catch (OutOfMemoryError e) {
            return false;
        }
        final var old = stacks[slotClass];
        final int count = count(slotClass);
        for (int i = 1; i <= count; i++) {              // not in bulk, which the JVM may have to link while the Java heap is full
            RawMemory.putLong(stack.address() + (long) i * Long.BYTES, RawMemory.getLong(old.address() + (long) i * Long.BYTES));
        }
        stacks[slotClass] = stack;
        opened |= 1L << slotClass;
        setTop(slotClass, stack.address() + (long) count * Long.BYTES);
        heads[headOf(slotClass) + END] = stack.address() + (long) capacity * Long.BYTES;
        return true;
    }

    private void setTop(int slotClass, long top) {
        heads[headOf(slotClass) + TOP] = top;
    }

    /// Takes the place of an empty stack away, as if it had never been opened.
    private void close(int slotClass) {
        stacks[slotClass] = null;
        opened &= ~(1L << slotClass);
        setTop(slotClass, ZERO.address());
        heads[headOf(slotClass) + END] = 0;
    }

    /// Takes all places away: every stack is empty.
    void closeAll() {
        while (opened != 0) {
            final int slotClass = Long.numberOfTrailingZeros(opened);
            assert count(slotClass) == 0 : count(slotClass) + " slots of class " + slotClass;
            close(slotClass);
        }
        growthBytes = 0;
    }

    int firstCapacity(int slotClass) {
        return firstCapacity(slotClass, classes.sizeOf(slotClass));
    }

    static int firstCapacity(int slotClass, int size) {
        return SlotClasses.isRun(slotClass)
                ? Math.max(RUN_CAPACITY_BYTES / size, LEAST_RUNS)
                : Math.clamp(CAPACITY_BYTES / size, LEAST_SMALL, MOST_AT_FIRST);
    }

    /// {@return how many slots a fill of an opened stack asks for: half of the capacity, so that frees find room too}
    int fillCount(int slotClass) {
        return capacity(slotClass) / 2;
    }

    /// Moves the slots that are far down to where the oldest are, so that they leave next; the order is kept otherwise.
    ///
    /// @param near  overwritten; has a place for every slot of a stack
    /// @param isFar tells of an address whether it is far
    void sink(int slotClass, long[] near, LongPredicate isFar) {
        final int count = count(slotClass);
        final long lowest = stacks[slotClass].address() + Long.BYTES;
        int far = 0;
        for (int i = 0; i < count; i++) {
            final long address = RawMemory.getLong(lowest + (long) i * Long.BYTES);
            if (isFar.test(Math.abs(address))) {
                RawMemory.putLong(lowest + (long) far++ * Long.BYTES, address);
            } else {
                near[i - far] = address;
            }
        }
        for (int i = far; i < count; i++) {
            RawMemory.putLong(lowest + (long) i * Long.BYTES, near[i - far]);
        }
        setTop(slotClass, lowest + (count - 1L) * Long.BYTES);
    }

    /// Moves the oldest slots, which are the coldest, out.
    ///
    /// @param into filled from index 0
    /// @param most how many at most
    /// @return how many
    int takeOldest(int slotClass, long[] into, int most) {
        final int count = count(slotClass);
        final int taken = Math.min(most, count);
        if (taken > 0) {
            final long lowest = stacks[slotClass].address() + Long.BYTES;
            for (int i = 0; i < taken; i++) {
                into[i] = Math.abs(RawMemory.getLong(lowest + (long) i * Long.BYTES));
            }
            RawMemory.copy(lowest + (long) taken * Long.BYTES, lowest, (long) (count - taken) * Long.BYTES);
            setTop(slotClass, lowest + (count - taken - 1L) * Long.BYTES);
        }
        return taken;
    }

    /// Moves all slots out, the oldest of each class first. Allocates nothing.
    ///
    /// @param into what [#newBatches] answered since the last push
    void takeAll(SlotBatch[] into) {
        for (final var batch : into) {
            takeOldest(batch.slotClass(), batch.slots(), batch.count());
        }
    }

    /// {@return a batch for the slots of each class that has a stack, in which they are after [#takeAll]}
    SlotBatch[] newBatches() {
        final var batches = new SlotBatch[Long.bitCount(opened)];
        int made = 0;
        for (long left = opened; left != 0; left &= left - 1) {
            final int slotClass = Long.numberOfTrailingZeros(left);
            final int count = count(slotClass);
            batches[made++] = new SlotBatch(count).of(slotClass, count);
        }
        return batches;
    }

    int capacity(int slotClass) {
        final var stack = stacks[slotClass];
        return stack == null ? 0 : (int) (stack.byteSize() / Long.BYTES) - 1;
    }

    /// {@return how many slots of a class are here} From outside: a number that was right at some moment, or is between
    /// two that were.
    int count(int slotClass) {
        final var stack = stacks[slotClass];
        return stack == null ? 0 : countIn(stack, slotClass);
    }

    /// A look from outside may meet the head of another stack than the one it has.
    private int countIn(MemorySegment stack, int slotClass) {
        final long places = stack.byteSize() / Long.BYTES - 1;
        return (int) Math.clamp((heads[headOf(slotClass) + TOP] - stack.address()) / Long.BYTES, 0, places);
    }

    /// {@return bytes of all slots here} A look from outside.
    long bytes() {
        long sum = 0;
        for (long left = opened; left != 0; left &= left - 1) {
            final int slotClass = Long.numberOfTrailingZeros(left);
            sum += (long) count(slotClass) * classes.sizeOf(slotClass);
        }
        return sum;
    }

    /// Visits all slots, the oldest of each class first. When the owner is not at work.
    void forEach(SlotVisitor visitor) {
        for (int slotClass = 0; slotClass < stacks.length; slotClass++) {
            final int count = count(slotClass);
            for (int i = 1; i <= count; i++) {
                visitor.visit(Math.abs(RawMemory.getLong(stacks[slotClass].address() + (long) i * Long.BYTES)), slotClass);
            }
        }
    }

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        return new StacksCheck(classes, first, heads, stacks, opened, growthBytes).check();
    }

    /// Adds the number of slots of each class to a sum. A look from outside.
    void addTo(long[] counts) {
        for (int slotClass = 0; slotClass < stacks.length; slotClass++) {
            counts[slotClass] += count(slotClass);
        }
    }

    /// {@return a number that changes with nearly every push and pop that is not undone} A look from outside.
    long fingerprint() {
        long sum = 0;
        for (int slotClass = 0; slotClass < stacks.length; slotClass++) {
            sum = 31 * sum + heads[headOf(slotClass) + TOP];
        }
        return sum;
    }
}
