package io.offheap.allocator;

import io.offheap.allocator.DirectBuffers.Block;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/// The blocks of live direct buffers, by address. It keeps their references reachable, as a reference that is not tells of
/// nothing; and who takes a block out is the one who frees it.
///
/// Hash chains in stripes. The lock of a stripe is one word, held for a few loads and stores, or while the stripe grows: a
/// buffer's whole life is to cost tens of nanoseconds, and a lock that parks costs as much.
///
/// Any thread may call any method; no lock is taken within.
final class BufferTable {

    private static final int STRIPES = 64;
    private static final int STRIPE_SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(STRIPES);
    private static final int FIRST_CHAINS = 8;

    /// Looks at a lock before the holder, who has been stopped, is given the processor.
    private static final int SPINS = 100;

    /// 2^64 over the golden ratio: spreads neighbours.
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(Stripe.class, "held", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final class Stripe {
        private boolean held;
        private Block[] chains = new Block[FIRST_CHAINS];
        private int count;
        private long bytes;

        void lock() {
            for (int spins = 0; !HELD.compareAndSet(this, false, true); spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
        }

        void unlock() {
            HELD.setRelease(this, false);
        }

        int chain(long hash) {
            return (int) (hash >>> 32) & chains.length - 1;
        }

        void grow() {
            final var old = chains;
            chains = new Block[2 * old.length];
            for (final var first : old) {
                Block next;
                for (var block = first; block != null; block = next) {
                    next = block.next;
                    link(block);
                }
            }
        }

        void link(Block block) {
            final int chain = chain(hash(block.address));
            block.next = chains[chain];
            chains[chain] = block;
        }
    }

    private final Stripe[] stripes = new Stripe[STRIPES];

    BufferTable() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    private static long hash(long address) {
        return address * SPREAD;
    }

    private Stripe stripe(long address) {
        return stripes[(int) (hash(address) >>> STRIPE_SHIFT)];
    }

    /// Puts a block in.
    ///
    /// @throws OutOfMemoryError if there is no heap for it; it is not in then
    void add(Block block) {
        final var stripe = stripe(block.address);
        stripe.lock();
        try {
            if (stripe.count == stripe.chains.length) {
                stripe.grow();
            }
            stripe.link(block);
            stripe.count++;
            stripe.bytes += block.capacity;
        } finally {
            stripe.unlock();
        }
    }

    /// Takes the block at an address out, if it is this buffer's.
    ///
    /// @return the block, or null if there is none
    Block remove(long address, ByteBuffer buffer) {
        final var stripe = stripe(address);
        stripe.lock();
        try {
            Block previous = null;
            for (var block = stripe.chains[stripe.chain(hash(address))]; block != null; block = block.next) {
                if (block.address == address && block.isOf(buffer)) {
                    unlink(stripe, block, previous);
                    return block;
                }
                previous = block;
            }
            return null;
        } finally {
            stripe.unlock();
        }
    }

    /// Takes a block out.
    ///
    /// @return whether it was in
    boolean remove(Block wanted) {
        final var stripe = stripe(wanted.address);
        stripe.lock();
        try {
            Block previous = null;
            for (var block = stripe.chains[stripe.chain(hash(wanted.address))]; block != null; block = block.next) {
                if (block == wanted) {
                    unlink(stripe, block, previous);
                    return true;
                }
                previous = block;
            }
            return false;
        } finally {
            stripe.unlock();
        }
    }

    private static void unlink(Stripe stripe, Block block, Block previous) {
        if (previous == null) {
            stripe.chains[stripe.chain(hash(block.address))] = block.next;
        } else {
            previous.next = block.next;
        }
        stripe.count--;
        stripe.bytes -= block.capacity;
    }

    /// {@return how many blocks are in} Exact when nobody adds or removes.
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
}
