package io.offheap.allocator.cache;

import io.offheap.allocator.shard.Shard;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotBatch;
import io.offheap.allocator.slab.SlotVisitor;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// Free slots on their way from threads that free to threads that allocate.
///
/// ```
///   a stack is full:    --> home of the shard, while there is room --> depot, while there is room --> slabs
///   a stack is empty:   <-- home of the shard <-- depot <-- slabs of the shard
/// ```
///
/// ## Homes
/// What a thread frees and will allocate again stays with the threads of its shard, in a depot of their own, its *home*
/// ([#homeOf]). Through the common one alone, slots of a slab come to all threads little by little, until neighbours in a line of
/// memory or of the shadow belong to threads that write them at the same time. A thread that only frees finds its home full,
/// and one that only allocates finds it empty: their slots go by way of the common depot.
///
/// ## Between threads
/// Where one thread allocates what another frees, slots pile up with one and are wanted by the other. They change hands
/// here in batches, untouched: to their slabs and back each would be looked up, counted and searched for again. So a
/// pair of threads costs one lock for a batch on either side. What finds no place goes to its slab; or, if it is a run of
/// its own, becomes volatile in a cache of runs. (The transfer cache of tcmalloc does the same.)
///
/// ## Slots that are runs
/// No purger finds them here, so they come only where that pays: once a thread has taken a volatile run of the class that
/// another one freed ([#want]), and until the class is flushed. From then on such a run changes threads without a mark, and
/// none of the words that say what a run is moves from one processor's cache to another's.
///
/// ## Capacity
/// [#CAPACITY_BYTES] for each class at first, [#HOME_CAPACITY_BYTES] in a home, [#RUN_CAPACITY_BYTES] of slots that are runs. Where
/// threads run ahead of each other by more, a class is found empty after it was full; then it doubles, up to [#MOST_CAPACITY_BYTES],
/// of runs [#MOST_RUN_CAPACITY_BYTES], as long as all growth, that of homes too, stays within [#MOST_GROWTH_BYTES]. A class that is
/// flushed begins anew.
///
/// Any thread; one lock for a class, held while a batch of addresses is copied.
///
/// ## Invariants (checked by [#checkInvariants], when nobody leaves or takes anything)
/// - **D1** of each class there are at most as many slots as places, and none is 0
/// - **D2** a class has no places, or the first ones, doubled some times, within the bounds of a class
/// - **D3** `growthBytes` is what the places of all classes, here and in all homes, exceed the first ones by, at most [#MOST_GROWTH_BYTES]
/// - **D4** slots of slabs are wanted always
final class SlotDepot {

    /// What may lie here of each class at first, bytes of slots.
    static final long CAPACITY_BYTES = 128 << 10;

    /// As [#CAPACITY_BYTES], in a home; less where there are more than eight.
    static final long HOME_CAPACITY_BYTES = 64 << 10;

    /// As [#CAPACITY_BYTES], in all homes.
    private static final long MOST_HOMES_BYTES = 512 << 10;

    /// As [#CAPACITY_BYTES], of slots that are runs of their own.
    static final long RUN_CAPACITY_BYTES = 512 << 10;

    /// What may lie here of each class, bytes of slots.
    static final long MOST_CAPACITY_BYTES = 8 << 20;

    /// As [#MOST_CAPACITY_BYTES], of slots that are runs of their own: no purger finds them here, and what goes elsewhere it does.
    static final long MOST_RUN_CAPACITY_BYTES = 2 << 20;

    /// What all growth beyond the first capacities may add, bytes of slots.
    static final long MOST_GROWTH_BYTES = 16 << 20;

    private static final int MOST_SLOTS_AT_FIRST = 2048;
    static final int MOST_SLOTS = 8192;

    private final Shards shards;
    private final SlotClasses classes;
    private final long capacityBytes;
    private final AtomicLong growthBytes;
    private final Shelf[] shelves;
    private final SlotDepot[] homes;    // one for each shard; a home has none

    /// @param shards where slots go back to
    SlotDepot(Shards shards) {
        this(shards, CAPACITY_BYTES, new AtomicLong(), new SlotDepot[shards.all().size()]);
        final long homeBytes = homeCapacityBytes(homes.length);
        Arrays.setAll(homes, _ -> new SlotDepot(shards, homeBytes, growthBytes, new SlotDepot[0]));
    }

    /// {@return what may lie in each of so many homes of each class at first, bytes of slots}
    static long homeCapacityBytes(int homeCount) {
        return Math.min(HOME_CAPACITY_BYTES, MOST_HOMES_BYTES / homeCount);
    }

    private SlotDepot(Shards shards, long capacityBytes, AtomicLong growthBytes, SlotDepot[] homes) {
        this.shards = shards;
        this.classes = shards.classes();
        this.capacityBytes = capacityBytes;
        this.growthBytes = growthBytes;
        this.homes = homes;
        this.shelves = new Shelf[classes.count()];
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            shelves[slotClass] = new Shelf();
            shelves[slotClass].isWanted = !SlotClasses.isRun(slotClass);
        }
    }

    /// {@return where threads of a shard leave slots of slabs for each other, before they come here}
    SlotDepot homeOf(Shard shard) {
        return homes[shards.all().indexOf(shard)];
    }

    /// {@return how many slots of a class find a place at first}
    int firstCapacity(int slotClass) {
        final long bytes = SlotClasses.isRun(slotClass) ? RUN_CAPACITY_BYTES : capacityBytes;
        return Math.clamp(bytes / classes.sizeOf(slotClass), 1, MOST_SLOTS_AT_FIRST);
    }

    /// Lets slots of a class come here, runs of their own: a thread has taken one that another freed.
    void want(int slotClass) {
        shelves[slotClass].isWanted = true;
    }

    /// {@return whether slots of a class come here} A look from outside.
    boolean isWanted(int slotClass) {
        return shelves[slotClass].isWanted;
    }

    /// Takes slots of a class in, the last ones first. Never fails: without Java heap for places there are none.
    ///
    /// @param slots filled from index 0
    /// @param count how many
    /// @return how many found no place: the first ones
    int put(long[] slots, int count, int slotClass) {
        final var shelf = shelves[slotClass];
        if (shelf.isFullForGood()) {
            return count;
        }
        shelf.lock.lock();
        try {
            makeRoom(shelf, count, slotClass);
            final int kept = Math.min(count, shelf.slots.length - shelf.count);
            System.arraycopy(slots, count - kept, shelf.slots, shelf.count, kept);
            shelf.count += kept;
            shelf.changes++;
            return count - kept;
        } finally {
            shelf.lock.unlock();
        }
    }

    private void makeRoom(Shelf shelf, int count, int slotClass) {
        assert shelf.lock.isHeldByCurrentThread();
        if (shelf.slots.length == 0) {
            enlarge(shelf, firstCapacity(slotClass));
        }
        if (count > shelf.slots.length - shelf.count) {
            if (shelf.starved && grows(shelf, slotClass)) {
                shelf.starved = false;
                shelf.overflowed = false;
            } else {
                shelf.overflowed = true;
            }
        }
    }

    private boolean grows(Shelf shelf, int slotClass) {
        final int added = shelf.slots.length;
        if (added == 0 || !mayGrow(added, slotClass)) {
            return false;
        }
        if (enlarge(shelf, 2 * added)) {
            return true;
        }
        growthBytes.addAndGet(-(long) added * classes.sizeOf(slotClass));
        return false;
    }

    /// {@return whether the Java heap had room for it}
    private static boolean enlarge(Shelf shelf, int places) {
        try {
            shelf.slots = Arrays.copyOf(shelf.slots, places);
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /// {@return whether a class may have so many places more} They are counted then.
    private boolean mayGrow(int added, int slotClass) {
        final long addedBytes = (long) added * classes.sizeOf(slotClass);
        if (2 * added > MOST_SLOTS || 2 * addedBytes > mostBytes(slotClass)) {
            return false;
        }
        if (growthBytes.addAndGet(addedBytes) <= MOST_GROWTH_BYTES) {
            return true;
        }
        growthBytes.addAndGet(-addedBytes);
        return false;
    }

    /// {@return what may lie here of a class, bytes of slots}
    static long mostBytes(int slotClass) {
        return SlotClasses.isRun(slotClass) ? MOST_RUN_CAPACITY_BYTES : MOST_CAPACITY_BYTES;
    }

    /// {@return how many slots of a class find a place} A look from outside.
    int room(int slotClass) {
        final var shelf = shelves[slotClass];
        return Math.max(shelf.slots.length, firstCapacity(slotClass)) - shelf.count;
    }

    /// Hands out the newest slots of a class.
    ///
    /// @param into filled from index 0
    /// @param most how many at most
    /// @return how many, or 0
    int take(long[] into, int most, int slotClass) {
        final var shelf = shelves[slotClass];
        if (!offers(slotClass)) {
            return 0;
        }
        shelf.lock.lock();
        try {
            final int taken = Math.min(most, shelf.count);
            shelf.count -= taken;
            System.arraycopy(shelf.slots, shelf.count, into, 0, taken);
            shelf.changes++;
            return taken;
        } finally {
            shelf.lock.unlock();
        }
    }

    /// {@return whether there may be slots of a class} A look without the lock: who only allocates finds nothing here, and pays nothing.
    /// If there are none although the class was full since it last grew, that is noted: it is a reason to grow.
    boolean offers(int slotClass) {
        final var shelf = shelves[slotClass];
        if (shelf.count == 0 && shelf.overflowed && !shelf.starved) {
            shelf.starved = true;
        }
        return shelf.count > 0;
    }

    /// {@return whether all that was ever left here was taken: somebody allocates what others free} A look from outside.
    boolean isDrained(int slotClass) {
        final var shelf = shelves[slotClass];
        return shelf.count == 0 && shelf.slots.length > 0;
    }

    /// Gives all slots back to their bins and shards, those of homes too. No lock may be held.
    void flush() {
        flush(false);
    }

    /// Gives those slots back of whose class nobody has taken or left any since the last call. For the daemon.
    void flushIdle() {
        flush(true);
    }

    private void flush(boolean onlyIfIdle) {
        for (final var home : homes) {
            home.flush(onlyIfIdle);
        }
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            flush(slotClass, onlyIfIdle);
        }
    }

    private void flush(int slotClass, boolean onlyIfIdle) {
        final var shelf = shelves[slotClass];
        if (shelf.slots.length == 0 && shelf.isWanted != SlotClasses.isRun(slotClass)) {
            return;                     // a look without the lock: what comes in this moment came after the flush
        }
        final SlotBatch batch;
        shelf.lock.lock();
        try {
            final boolean idle = shelf.changes == shelf.lastChanges;
            shelf.lastChanges = shelf.changes;
            if (onlyIfIdle && !idle) {
                return;
            }
            batch = new SlotBatch(shelf.slots).of(slotClass, shelf.count);
            clear(shelf, slotClass);
        } finally {
            shelf.lock.unlock();
        }
        shards.giveBack(batch);
    }

    private void clear(Shelf shelf, int slotClass) {
        assert shelf.lock.isHeldByCurrentThread();
        final int grown = Math.max(shelf.slots.length - firstCapacity(slotClass), 0);
        growthBytes.addAndGet(-(long) grown * classes.sizeOf(slotClass));
        shelf.slots = Shelf.NO_SLOTS;
        shelf.count = 0;
        shelf.overflowed = false;
        shelf.starved = false;
        shelf.isWanted = !SlotClasses.isRun(slotClass);
    }

    /// Visits all slots, those in homes too. For checks.
    void forEach(SlotVisitor visitor) {
        for (final var home : homes) {
            home.forEach(visitor);
        }
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            shelves[slotClass].forEach(slotClass, visitor);
        }
    }

    /// Recomputes what the fields cache and compares. O(slots). Not for homes alone, whose growth is counted with that of all.
    ///
    /// @return true
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        long growth = checkShelves();
        for (final var home : homes) {
            growth += home.checkShelves();
        }
        if (growth != growthBytes.get() || growth > MOST_GROWTH_BYTES) {
            throw new AssertionError("D3: expected " + growth + " bytes, found " + growthBytes);
        }
        return true;
    }

    /// {@return bytes of slots that the places exceed the first ones by}
    private long checkShelves() {
        long growth = 0;
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            growth += shelves[slotClass].check(slotClass, classes.sizeOf(slotClass), firstCapacity(slotClass));
        }
        return growth;
    }

    /// Adds the number of slots of each class to a sum, those in homes too.
    void addTo(long[] counts) {
        for (final var home : homes) {
            home.addTo(counts);
        }
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            final var shelf = shelves[slotClass];
            shelf.lock.lock();
            try {
                counts[slotClass] += shelf.count;
            } finally {
                shelf.lock.unlock();
            }
        }
    }
}
