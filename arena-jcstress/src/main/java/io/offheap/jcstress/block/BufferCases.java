package io.offheap.jcstress.block;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// A direct buffer at a berth: freed by two threads, or while a purge moves it into the table, or taken while a purge ends the berth. What
/// [io.offheap.allocator.BerthCases] shows of berths by themselves is seen here as the program sees it.
///
/// A thread has a berth once it has freed some hundreds of buffers of one capacity and wants another one. Two buffers that it had one after the
/// other then have one scope, which buffers elsewhere never have: so it is known whether there is a berth.
public final class BufferCases {

    private static final OffHeapAllocator ALLOCATOR = Allocators.newAllocator();

    private static final int CAPACITY = 4096;

    /// As many as it takes, and as many again.
    private static final int MOST_FREES = 512;

    private static final byte FILLED = 0x55;

    private BufferCases() {}

    private static MemorySegment.Scope scopeOf(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).scope();
    }

    /// Has the calling thread free buffers until it has a berth, which is vacant then.
    private static void needBerth() {
        MemorySegment.Scope last = null;
        for (int i = 0; i < MOST_FREES; i++) {
            final var buffer = ALLOCATOR.allocateDirect(CAPACITY);
            final var scope = scopeOf(buffer);
            ALLOCATOR.free(buffer);
            if (scope == last) {
                return;
            }
            last = scope;
        }
        throw new AssertionError("no berth after " + MOST_FREES + " frees");
    }

    /// {@return a buffer at the berth of the calling thread}
    private static ByteBuffer atBerth() {
        needBerth();
        return ALLOCATOR.allocateDirect(CAPACITY);
    }

    private static String free(ByteBuffer buffer) {
        try {
            ALLOCATOR.free(buffer);
            return "freed";
        } catch (IllegalArgumentException e) {
            return "refused";
        }
    }

    /// {@return what statistics say of buffers, and whether memory is in use beside them}
    private static String statistics() {
        final var stats = ALLOCATOR.stats();
        return stats.directBuffers() + " buffers" + (stats.allocatedBytes() == stats.directBufferBytes() ? "" : ", "
                + stats.allocatedBytes() + " bytes");
    }

    /// The owner of a berth has one buffer after the other there, and another thread frees each too.
    @JCStressTest
    @State
    @Outcome(id = "each once, 0 buffers", expect = ACCEPTABLE, desc = "Of each buffer the first has freed it, and the second was refused.")
    @Outcome(id = "twice, .*", expect = FORBIDDEN, desc = "Both have: its block will have two owners.")
    @Outcome(id = "never, .*", expect = FORBIDDEN, desc = "Nobody has.")
    @Outcome(expect = FORBIDDEN, desc = "What a buffer takes is counted twice or not at all.")
    public static class Twice {
        private static final int ROUNDS = 1000;

        /// The owner waits so many steps before it frees, at most: one more each time, since the other hears of a buffer late.
        private static final int LONGEST_WAIT = 128;

        private static final int LONGEST_SPIN = 1000;

        private volatile ByteBuffer offered;
        private volatile int tried;                     // by the other
        private boolean freedByOther;
        private String seen = "each once";

        /// Has a buffer at its berth, shows it to the other and frees it, again and again.
        @Actor
        public void own() {
            needBerth();
            for (int round = 1; round <= ROUNDS; round++) {
                final var buffer = ALLOCATOR.allocateDirect(CAPACITY);
                offered = buffer;
                for (int i = round % LONGEST_WAIT; i > 0; i--) {
                    Thread.onSpinWait();
                }
                final boolean freed = free(buffer).equals("freed");
                while (tried < round) {
                    Thread.yield();
                }
                if (freed == freedByOther) {
                    seen = freed ? "twice" : "never";
                }
            }
        }

        /// Where there are more threads than processors, whom it waits for may need this one.
        private static void spin(int spins) {
            if (spins % LONGEST_SPIN == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }

        /// Frees each too.
        @Actor
        public void other() {
            ByteBuffer last = null;
            for (int round = 1; round <= ROUNDS; round++) {
                for (int spins = 1; offered == last; spins++) {
                    spin(spins);
                }
                last = offered;
                freedByOther = free(last).equals("freed");
                tried = round;
            }
        }

        /// Looks whether any buffer is left.
        @Arbiter
        public void look(LL_Result r) {
            r.r1 = seen;
            r.r2 = statistics();
        }
    }

    /// A buffer is freed while a purge moves it into the table, where a sweep finds buffers.
    @JCStressTest
    @State
    @Outcome(id = "freed, refused, 0 buffers", expect = ACCEPTABLE, desc = "At its berth, or in the table.")
    @Outcome(id = "refused, .*", expect = FORBIDDEN, desc = "It was in neither for a moment.")
    @Outcome(id = "freed, freed, .*", expect = FORBIDDEN, desc = "It was in both.")
    @Outcome(expect = FORBIDDEN, desc = "What it takes is counted twice or not at all.")
    public static class FreeAndPurge {
        private final ByteBuffer buffer = atBerth();

        /// Frees it.
        @Actor
        public void free(LLL_Result r) {
            r.r1 = BufferCases.free(buffer);
        }

        /// Sweeps, which moves it, and ends the berth if it is vacant.
        @Actor
        public void purge() {
            ALLOCATOR.purge();
        }

        /// Frees it once more.
        @Arbiter
        public void look(LLL_Result r) {
            r.r2 = BufferCases.free(buffer);
            r.r3 = statistics();
        }
    }

    /// Two threads free a buffer while a purge moves it.
    @JCStressTest
    @State
    @Outcome(id = "freed, refused, 0 buffers", expect = ACCEPTABLE, desc = "The first has freed it.")
    @Outcome(id = "refused, freed, 0 buffers", expect = ACCEPTABLE, desc = "The second has freed it.")
    @Outcome(expect = FORBIDDEN, desc = "Both have, or nobody has.")
    public static class TwiceAndPurge {
        private final ByteBuffer buffer = atBerth();

        /// Frees it.
        @Actor
        public void one(LLL_Result r) {
            r.r1 = free(buffer);
        }

        /// Frees it too.
        @Actor
        public void other(LLL_Result r) {
            r.r2 = free(buffer);
        }

        /// Sweeps.
        @Actor
        public void purge() {
            ALLOCATOR.purge();
        }

        /// Looks whether any buffer is left.
        @Arbiter
        public void look(LLL_Result r) {
            r.r3 = statistics();
        }
    }

    /// The owner of a berth takes and frees buffers while a purge moves them, and ends the berth whenever it is vacant.
    @JCStressTest
    @State
    @Outcome(id = "own and zero, 1 buffers", expect = ACCEPTABLE, desc = "The berth was taken first, or the buffer is elsewhere.")
    @Outcome(id = "not zero, .*", expect = FORBIDDEN, desc = "It was handed out with what an earlier one left.")
    @Outcome(id = "shared, .*", expect = FORBIDDEN, desc = "Somebody else has its block.")
    @Outcome(expect = FORBIDDEN, desc = "Its block is free, or the berth's was lost.")
    public static class TakeAndPurge {
        private static final int ROUNDS = 50;
        private volatile boolean isReady;
        private ByteBuffer buffer;
        private String found = "own and zero";

        /// Takes and frees; keeps the last one.
        @Actor
        public void take() {
            needBerth();
            isReady = true;
            for (int i = 0; i < ROUNDS; i++) {
                final var one = ALLOCATOR.allocateDirect(CAPACITY);
                fill(one);
                ALLOCATOR.free(one);
            }
            buffer = ALLOCATOR.allocateDirect(CAPACITY);
            fill(buffer);
        }

        private void fill(ByteBuffer one) {
            final var segment = MemorySegment.ofBuffer(one);
            if (segment.get(ValueLayout.JAVA_LONG, 0) != 0 || segment.get(ValueLayout.JAVA_LONG, CAPACITY - Long.BYTES) != 0) {
                found = "not zero";
            }
            segment.fill(FILLED);
        }

        /// Gives everything back that nobody has, as soon as there is a berth.
        @Actor
        public void purge() {
            while (!isReady) {
                Thread.yield();
            }
            ALLOCATOR.purge();
        }

        /// Takes another buffer and a block beside it.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = statistics();
            final var other = ALLOCATOR.allocateDirect(CAPACITY);
            final var block = ALLOCATOR.allocate(CAPACITY);
            MemorySegment.ofBuffer(other).fill((byte) 1);
            block.fill((byte) 2);
            if (MemorySegment.ofBuffer(buffer).mismatch(filled()) >= 0) {
                found = "shared";
            }
            ALLOCATOR.free(block);
            if (!free(other).equals("freed") || !free(buffer).equals("freed")) {
                found = "refused";
            }
            r.r1 = found;
        }

        private static MemorySegment filled() {
            return MemorySegment.ofArray(new byte[CAPACITY]).fill(FILLED);
        }
    }
}
