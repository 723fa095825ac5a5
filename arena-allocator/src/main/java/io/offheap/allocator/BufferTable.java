package io.offheap.allocator;

import io.offheap.allocator.BufferPlaces.Vacancy;
import java.lang.ref.PhantomReference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// The live direct buffers, by the address of their memory. It keeps their references reachable, as a reference that is not
/// tells of nothing; and who takes a buffer out is the one who frees its memory.
///
/// An address leads to a place of its own ([BufferPlaces]) by arithmetic and one look into a directory: no buffer has to be searched
/// for, and none waits for another. What the collector has to look at and to copy is one small object for each buffer. The
/// references are in no queue: [#sweep] looks which of them have been cleared, by and large in the order of the addresses, at a few
/// nanoseconds for each buffer, where a queue costs two locks and a visit to another thread.
///
/// ```
///   directory   | . | places | . | . | places | ...     by hash of size and neighbourhood; grows, and forgets nothing
///                       |
///                       v
///               | . | reference | vacancy | . | ...     by address
/// ```
///
/// What small buffers take of the allowance is kept here too: the vacancy that one leaves keeps it for the next buffer there, who has no
/// need to ask everybody's counter.
///
/// Any thread may call any method.
///
/// ## Invariants (checked by [#checkInvariants], when nobody adds or removes)
/// - **F1** those that were entered are the first `size` ones of `entered`, and the directory has the same, each where its key leads
/// - **F2** the directory is half full at most
/// - **F3** the blocks of two buffers share no byte
final class BufferTable {

    /// What [#add] answers.
    enum Added {
        /// The first buffer ever at its place: in memory that is new, by and large.
        FIRST_AT_ITS_PLACE,
        /// There was one before.
        IN_PLACE_OF_ANOTHER,
        /// It is not in: its bytes exceed the allowance.
        REFUSED
    }

    /// Takes what a sweep has found, or looks at what is there; no lock is held.
    interface Taker {
        void take(long address, long capacity);
    }

    private static final int FIRST_LENGTH = 64;

    /// 2^64 over the golden ratio: spreads neighbours.
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final Allowance allowance;
    private final long[] charges;
    private final Vacancy[] vacancies;  // by slot class and one more

    /// Open addressing, half full at most. Read without the lock: who does not find what is new asks again with it.
    private volatile BufferPlaces[] directory = new BufferPlaces[FIRST_LENGTH];

    /// The same in the order in which they were entered, by and large that of their memory.
    private volatile BufferPlaces[] entered = new BufferPlaces[FIRST_LENGTH];

    private final SpinLock growing = new SpinLock();
    private int size;                   // places in the directory; guarded by the lock

    /// @param allowance what small buffers take of it is kept here
    /// @param charges   what a buffer takes of it, bytes, by the slot class it is added with
    BufferTable(Allowance allowance, long[] charges) {
        this.allowance = allowance;
        this.charges = charges;
        this.vacancies = new Vacancy[charges.length + 1];
        for (int slotClass = Blocks.NO_SLOT; slotClass < charges.length; slotClass++) {
            vacancies[slotClass + 1] = new Vacancy(chargeOf(slotClass));
        }
    }

    private long chargeOf(int slotClass) {
        return slotClass == Blocks.NO_SLOT ? 0 : charges[slotClass];
    }

    /// Puts a buffer in, whose block the caller has.
    ///
    /// @param slotClass whose charge it takes of the allowance; [Blocks#NO_SLOT] if it has it already
    /// @return whether that could be, and whether the place is new
    /// @throws OutOfMemoryError if there is no heap for it; it is not in then
    Added add(long address, int capacity, int slotClass, PhantomReference<?> reference) {
        return add(placesFor(address, capacity), address, capacity, slotClass, reference);
    }

    /// As the other, for who knows the places.
    Added add(BufferPlaces places, long address, int capacity, int slotClass, PhantomReference<?> reference) {
        return places.add(address, capacity, chargeOf(slotClass), reference, allowance);
    }

    /// {@return the places of which one is for a block}
    ///
    /// @throws OutOfMemoryError if there is no heap for them
    BufferPlaces placesFor(long address, int capacity) {
        final var known = find(directory, BufferPlaces.key(address, capacity));
        return known != null ? known : enter(new BufferPlaces(address, capacity));
    }

    /// Takes a buffer out, if its block is at that address.
    ///
    /// @param slotClass whose charge of the allowance it does not need any more; [Blocks#NO_SLOT] if it keeps it
    /// @return whether there was one
    boolean remove(long address, ByteBuffer buffer, int slotClass) {
        final var places = find(directory, BufferPlaces.key(address, buffer.capacity()));
        return places != null && places.remove(address, buffer, vacancies[slotClass + 1]);
    }

    /// Looks at each once: what was nowhere may come, or others with another key in its stead, between two looks.
    private static BufferPlaces find(BufferPlaces[] within, long key) {
        for (int index = firstIndex(key, within.length); ; index = index + 1 & within.length - 1) {
            final var places = within[index];
            if (places == null || places.key() == key) {
                return places;
            }
        }
    }

    /// {@return where the places with a key are looked for first while the directory is small}
    static int firstIndex(long key) {
        return firstIndex(key, FIRST_LENGTH);
    }

    private static int firstIndex(long key, int length) {
        return (int) (key * SPREAD >>> Integer.SIZE) & length - 1;
    }

    /// {@return where the places with a key are, or would be} With the lock, or of an array that nobody else has.
    private static int indexOf(BufferPlaces[] within, long key) {
        int index = firstIndex(key, within.length);
        while (within[index] != null && within[index].key() != key) {
            index = index + 1 & within.length - 1;
        }
        return index;
    }

    /// {@return those that are in from now on: these, or others with the same key}
    private BufferPlaces enter(BufferPlaces places) {
        growing.lock();
        try {
            if (2 * (size + 1) > directory.length) {
                grow();
            }
            final var within = directory;
            final int index = indexOf(within, places.key());
            if (within[index] == null) {
                within[index] = places;
                entered[size++] = places;
            }
            return within[index];
        } finally {
            growing.unlock();
        }
    }

    private void grow() {
        final var larger = new BufferPlaces[2 * directory.length];
        for (final var places : directory) {
            if (places != null) {
                larger[indexOf(larger, places.key())] = places;
            }
        }
        entered = Arrays.copyOf(entered, larger.length);
        directory = larger;
    }

    private long sum(ToLongFunction<BufferPlaces> number) {
        long sum = 0;
        for (final var places : entered) {
            sum += places == null ? 0 : number.applyAsLong(places);
        }
        return sum;
    }

    /// {@return bytes of the allowance that no buffer has} Exact when nobody adds or removes.
    long room() {
        return sum(BufferPlaces::kept);
    }

    /// Gives those bytes back.
    void giveUpRoom() {
        for (final var places : entered) {
            if (places != null) {
                places.giveUpKept(allowance);
            }
        }
    }

    /// Takes all buffers out that the collector has found unreachable, and has it look for the scopes of those that are loose. Some
    /// nanoseconds for each that is in, and no Java heap, which may be full, but for those. From the last places down, as
    /// [BufferPlaces#sweep].
    ///
    /// @return how many
    long sweep(Taker taker) {
        final var all = entered;
        long sum = 0;
        for (int i = all.length - 1; i >= 0; i--) {
            sum += all[i] == null ? 0 : all[i].sweep(taker);
        }
        return sum;
    }

    /// Visits all buffers. When nobody adds or removes.
    void forEach(Taker visitor) {
        for (final var places : entered) {
            if (places != null) {
                places.forEach(visitor);
            }
        }
    }

    /// {@return true} O(buffers).
    ///
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        growing.lock();
        try {
            checkDirectory();
        } finally {
            growing.unlock();
        }
        final var ends = new TreeMap<Long, Long>();     // by the start
        forEach((address, capacity) -> check("F3", ends.put(address, address + Math.max(capacity, 1)) == null, address));
        long end = Long.MIN_VALUE;
        for (final var block : ends.entrySet()) {
            check("F3", end <= block.getKey(), block.getKey());
            end = block.getValue();
        }
        return true;
    }

    private void checkDirectory() {
        for (int i = 0; i < entered.length; i++) {
            final var places = entered[i];
            check("F1", (places != null) == (i < size), i);
            check("F1", places == null || find(directory, places.key()) == places, i);
            if (places != null) {
                places.checkInvariants();
            }
        }
        check("F1", Arrays.stream(directory).filter(Objects::nonNull).count() == size, size);
        check("F2", 2 * size <= directory.length, size);
    }

    private static void check(String invariant, boolean holds, long where) {
        if (!holds) {
            throw new AssertionError("%s: 0x%x".formatted(invariant, where));
        }
    }

    /// {@return how many buffers are in} Exact when nobody adds or removes. A nanosecond for each.
    long count() {
        return sum(BufferPlaces::count);
    }

    /// {@return the sum of their capacities} As [#count].
    long bytes() {
        return sum(BufferPlaces::bytes);
    }

    /// {@return how many the last sweep has left} Faster than to count them.
    long left() {
        return sum(BufferPlaces::left);
    }

    /// {@return how many were ever put in} By and large.
    long added() {
        return sum(BufferPlaces::added);
    }
}
