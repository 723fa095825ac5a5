package io.offheap.allocator;

import io.offheap.allocator.size.SizeClasses;
import java.lang.ref.PhantomReference;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The live direct buffers, by the address of their memory. It keeps their references reachable, as a reference that is not
/// tells of nothing; and who takes a buffer out is the one who frees its memory.
///
/// Hash chains in stripes, in arrays of numbers beside one array of references: what the collector has to look at and to
/// copy is one small object for each buffer. The references are in no queue: [#sweep] looks which of them have been cleared,
/// in the order of the array, at a few nanoseconds for each buffer, where a queue costs two locks and a visit to another thread.
///
/// ```
///   heads   | . | 3 | . | 1 | ...               by hash: a place and one more, 0 for none
///   places    0       1       2       3
///             next    next -> next    next ...  the chain, or the list of free places
///             address, capacity, reference
/// ```
///
/// What small buffers take of the allowance is kept here too: a stripe has room for some that were removed, and who puts one in
/// under its lock has no need to ask everybody's counter.
///
/// Any thread may call any method; no lock is taken within.
final class BufferTable {

    /// What [#add] answers.
    enum Added {
        /// There are more now than there were before, by and large.
        ONE_MORE,
        /// There were as many before.
        IN_PLACE_OF_ANOTHER,
        /// It is not in: its bytes exceed the allowance.
        REFUSED
    }

    /// Bytes of room in one stripe, at most.
    private static final long MOST_ROOM = 64 << 10;

    private static final int STRIPES = 64;
    private static final int STRIPE_SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(STRIPES);
    private static final int FIRST_PLACES = 8;

    /// Neighbours within so many bytes share a stripe, so that a sweep finds them one after the other.
    private static final int NEIGHBOURS_SHIFT = 16;
    private static final long NEIGHBOURS_MASK = (1L << NEIGHBOURS_SHIFT) - 1;

    /// 2^64 over the golden ratio: spreads neighbours.
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    /// Unreachable buffers that were taken out of the table: filled under the lock of a stripe, read without.
    private static final class Found {
        private static final int MOST = 256;

        final long[] addresses = new long[MOST];
        final int[] capacities = new int[MOST];
        int count;

        private void add(long address, int capacity) {
            addresses[count] = address;
            capacities[count++] = capacity;
        }
    }

    /// Takes what a sweep has found; no lock is held.
    interface Taker {
        void take(long address, long capacity);
    }

    private static final class Stripe extends SpinLock {
        private final Allowance allowance;
        private int[] heads = new int[FIRST_PLACES];
        private int[] nexts = new int[FIRST_PLACES];
        private long[] addresses = new long[FIRST_PLACES];
        private int[] capacities = new int[FIRST_PLACES];

        // Of the exact type, so that the JIT knows which of the many `refersTo` it calls.
        private PhantomReference<?>[] references = new PhantomReference<?>[FIRST_PLACES];

        private int used;               // places that were ever taken
        private int free;               // the first of those that are free again, and one more
        private int count;
        private int most;               // that count ever was
        private long bytes;
        private long added;
        private long room;              // bytes of the allowance that no buffer here has

        Stripe(Allowance allowance) {
            this.allowance = allowance;
        }

        /// {@return where a chain begins} Neighbours of a size have heads that follow each other, so that it costs few cache lines to
        /// take in or out many that lie together, which is how they come and how a sweep finds them.
        private int head(long address, int capacity) {
            final int spacing = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(capacity | SizeClasses.QUANTUM);
            final long withinNeighbours = (address & NEIGHBOURS_MASK) >>> spacing;
            return (int) ((hash(address) >>> 32) + withinNeighbours) & heads.length - 1;
        }

        Added add(long address, int capacity, long charge, PhantomReference<ByteBuffer> reference) {
            if (free == 0 && used == addresses.length) {
                grow();
            }
            if (!takeRoom(charge)) {
                return Added.REFUSED;
            }
            final int place = takePlace();
            addresses[place] = address;
            capacities[place] = capacity;
            references[place] = reference;
            link(place);
            bytes += capacity;
            added++;
            if (++count <= most) {
                return Added.IN_PLACE_OF_ANOTHER;
            }
            most = count;
            return Added.ONE_MORE;
        }

        private boolean takeRoom(long charge) {
            if (charge > room) {
                return allowance.tryTake(charge);
            }
            room -= charge;
            return true;
        }

        private void giveRoom(long charge) {
            room += charge;
            if (room > MOST_ROOM) {
                giveUpRoom();
            }
        }

        void giveUpRoom() {
            allowance.giveBack(room);
            room = 0;
        }

        private int takePlace() {
            if (free == 0) {
                return used++;
            }
            final int place = free - 1;
            free = nexts[place];
            return place;
        }

        /// All places are taken. Nothing has changed if there is no heap for more.
        private void grow() {
            final int places = 2 * used;
            final var moreHeads = new int[places];
            final var moreNexts = new int[places];
            final var moreAddresses = Arrays.copyOf(addresses, places);
            final var moreCapacities = Arrays.copyOf(capacities, places);
            references = Arrays.copyOf(references, places);
            capacities = moreCapacities;
            addresses = moreAddresses;
            nexts = moreNexts;
            heads = moreHeads;
            for (int place = 0; place < used; place++) {
                link(place);
            }
        }

        private void link(int place) {
            final int head = head(addresses[place], capacities[place]);
            nexts[place] = heads[head];
            heads[head] = place + 1;
        }

        boolean remove(long address, ByteBuffer buffer, long charge) {
            for (int place = heads[head(address, buffer.capacity())] - 1; place >= 0; place = nexts[place] - 1) {
                if (addresses[place] == address && refersTo(references[place], buffer)) {
                    takeOut(place);
                    giveRoom(charge);
                    return true;
                }
            }
            return false;
        }

        @SuppressWarnings("unchecked") // all references are to buffers
        private static boolean refersTo(PhantomReference<?> reference, ByteBuffer buffer) {
            return ((PhantomReference<ByteBuffer>) reference).refersTo(buffer);
        }

        private void takeOut(int place) {
            unlink(place);
            references[place] = null;
            nexts[place] = free;
            free = place + 1;
            count--;
            bytes -= capacities[place];
        }

        private void unlink(int place) {
            final int head = head(addresses[place], capacities[place]);
            if (heads[head] == place + 1) {
                heads[head] = nexts[place];
                return;
            }
            int previous = heads[head] - 1;
            while (nexts[previous] != place + 1) {
                previous = nexts[previous] - 1;
            }
            nexts[previous] = nexts[place];
        }

        /// Takes out what is unreachable, from the place before `end` down, until there is no room for more.
        ///
        /// @return what is left to look at: the places below it
        int sweep(int end, Found found) {
            int place = Math.min(end, used);
            while (place > 0 && found.count < Found.MOST) {
                place--;
                final var reference = references[place];
                if (reference != null && reference.refersTo(null)) {
                    found.add(addresses[place], capacities[place]);
                    takeOut(place);
                }
            }
            return place;
        }
    }

    private final Stripe[] stripes = new Stripe[STRIPES];

    /// @param allowance what small buffers take of it is kept here
    BufferTable(Allowance allowance) {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe(allowance);
        }
    }

    /// {@return a number that neighbours have in common, and others hardly}
    private static long hash(long address) {
        return (address >>> NEIGHBOURS_SHIFT) * SPREAD;
    }

    private Stripe stripe(long address) {
        return stripes[(int) (hash(address) >>> STRIPE_SHIFT)];
    }

    /// {@return a number that neighbours have in common}
    static int neighbours(long address) {
        return (int) (address >>> NEIGHBOURS_SHIFT);
    }

    /// Puts a buffer in.
    ///
    /// @param charge bytes that it takes of the allowance; 0 if it has them already
    /// @return whether that could be, and there are more now
    /// @throws OutOfMemoryError if there is no heap for it; it is not in then
    Added add(long address, int capacity, long charge, PhantomReference<ByteBuffer> reference) {
        final var stripe = stripe(address);
        stripe.lock();
        try {
            return stripe.add(address, capacity, charge, reference);
        } finally {
            stripe.unlock();
        }
    }

    /// Takes a buffer out, if its memory is at that address.
    ///
    /// @param charge bytes of the allowance that it does not need any more; 0 if it keeps them
    /// @return whether there was one
    boolean remove(long address, ByteBuffer buffer, long charge) {
        final var stripe = stripe(address);
        stripe.lock();
        try {
            return stripe.remove(address, buffer, charge);
        } finally {
            stripe.unlock();
        }
    }

    /// {@return bytes of the allowance that no buffer has} Exact when nobody adds or removes.
    long room() {
        long sum = 0;
        for (final var stripe : stripes) {
            stripe.lock();
            sum += stripe.room;
            stripe.unlock();
        }
        return sum;
    }

    /// Gives those bytes back.
    void giveUpRoom() {
        for (final var stripe : stripes) {
            stripe.lock();
            stripe.giveUpRoom();
            stripe.unlock();
        }
    }

    /// {@return whether there may be buffers} A look without the locks, for who would look through all of them.
    boolean mayHaveAny() {
        for (final var stripe : stripes) {
            if (stripe.count != 0) {
                return true;
            }
        }
        return false;
    }

    /// Takes all buffers out that the collector has found unreachable. Some nanoseconds for each that is in.
    ///
    /// @return how many
    long sweep(Taker taker) {
        final var found = new Found();
        long sum = 0;
        for (final var stripe : stripes) {
            int left = Integer.MAX_VALUE;
            while (left > 0) {
                left = sweep(stripe, left, found);
                for (int i = 0; i < found.count; i++) {
                    taker.take(found.addresses[i], found.capacities[i]);
                }
                sum += found.count;
                found.count = 0;
            }
        }
        return sum;
    }

    private static int sweep(Stripe stripe, int end, Found found) {
        stripe.lock();
        try {
            return stripe.sweep(end, found);
        } finally {
            stripe.unlock();
        }
    }

    /// {@return how many buffers are in} Exact when nobody adds or removes.
    long count() {
        long sum = 0;
        for (final var stripe : stripes) {
            stripe.lock();
            sum += stripe.count;
            stripe.unlock();
        }
        return sum;
    }

    /// {@return the sum of their capacities} Exact when nobody adds or removes.
    long bytes() {
        long sum = 0;
        for (final var stripe : stripes) {
            stripe.lock();
            sum += stripe.bytes;
            stripe.unlock();
        }
        return sum;
    }

    /// {@return how many were ever put in} Exact when nobody adds.
    long added() {
        long sum = 0;
        for (final var stripe : stripes) {
            stripe.lock();
            sum += stripe.added;
            stripe.unlock();
        }
        return sum;
    }
}
