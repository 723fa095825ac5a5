package io.offheap.allocator;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.jcstress.Independent;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// Who takes, leaves, moves and ends a berth meets the others at one compare-and-set of its occupant.
///
/// A state has berths of its own, of which one is installed: for the thread that makes the state. That is one of the actors, as a rule; so in
/// half of the states the first actor is the owner, who takes no lock.
public final class BerthCases {

    private static final int CAPACITY = 64;
    private static final int CLASS = 3;
    private static final long BLOCK = Arena.global().allocate(CAPACITY, CAPACITY).address();

    private BerthCases() {}

    /// Berths, and the table beside them.
    private static final class Berths {
        private final BufferTable table = new BufferTable(new Allowance(0), new long[0]);
        private final AtomicInteger released = new AtomicInteger();
        private final BufferBerths berths = new BufferBerths(table, _ -> released.incrementAndGet(), true);

        Berths() {
            berths.install(BLOCK, CAPACITY, CLASS);
        }

        ByteBuffer take() {
            return berths.take(CAPACITY);
        }

        /// As [DirectBuffers#free] goes about it.
        String free(ByteBuffer buffer) {
            return berths.leave(buffer) || remove(buffer) || berths.leaveAny(buffer) || remove(buffer) ? "freed" : "refused";
        }

        private boolean remove(ByteBuffer buffer) {
            return table.remove(BLOCK, buffer, Blocks.NO_SLOT);
        }

        String left() {
            return berths.count() + table.count() + " left";
        }
    }

    /// Two threads free a buffer.
    @JCStressTest
    @State
    @Outcome(id = "freed, refused, 0 left", expect = ACCEPTABLE, desc = "The first has freed it.")
    @Outcome(id = "refused, freed, 0 left", expect = ACCEPTABLE, desc = "The second has freed it.")
    @Outcome(expect = FORBIDDEN, desc = "Both have: its block will have two owners. Or nobody has.")
    public static class Twice implements Independent {
        private final Berths all = new Berths();
        private final ByteBuffer buffer = all.take();

        /// Frees it.
        @Actor
        public void one(LLL_Result r) {
            r.r1 = all.free(buffer);
        }

        /// Frees it too.
        @Actor
        public void other(LLL_Result r) {
            r.r2 = all.free(buffer);
        }

        /// Looks.
        @Arbiter
        public void look(LLL_Result r) {
            r.r3 = all.left();
        }
    }

    /// A buffer is freed while a sweep moves it into the table.
    @JCStressTest
    @State
    @Outcome(id = "freed, refused, 0 left", expect = ACCEPTABLE, desc = "At its berth, or in the table.")
    @Outcome(id = "refused, .*", expect = FORBIDDEN, desc = "It was in neither for a moment.")
    @Outcome(expect = FORBIDDEN, desc = "It was in both.")
    public static class FreeAndMove implements Independent {
        private final Berths all = new Berths();
        private final ByteBuffer buffer = all.take();

        /// Frees it.
        @Actor
        public void free(LLL_Result r) {
            r.r1 = all.free(buffer);
        }

        /// Moves it.
        @Actor
        public void move() {
            all.berths.moveOut();
        }

        /// Frees it once more.
        @Arbiter
        public void look(LLL_Result r) {
            r.r2 = all.free(buffer);
            r.r3 = all.left();
        }
    }

    /// A vacant berth is taken while it is ended.
    @JCStressTest
    @State
    @Outcome(id = "taken, kept", expect = ACCEPTABLE, desc = "The owner came first.")
    @Outcome(id = "none, released", expect = ACCEPTABLE, desc = "The berth was over, or is another thread's.")
    @Outcome(id = "taken, released", expect = FORBIDDEN, desc = "The block of a buffer is free.")
    @Outcome(expect = FORBIDDEN, desc = "The block is lost, or goes back twice.")
    public static class TakeAndEnd implements Independent {
        private final Berths all = new Berths();

        /// Takes it.
        @Actor
        public void take(LL_Result r) {
            r.r1 = all.take() == null ? "none" : "taken";
        }

        /// Ends it.
        @Actor
        public void end() {
            all.berths.drain();
        }

        /// Looks what has become of the block.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = switch (all.released.get()) {
                case 0 -> "kept";
                case 1 -> "released";
                default -> "twice";
            };
        }
    }

    /// A vacant berth is given a new scope while it is ended.
    @JCStressTest
    @State
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The block has gone back once, before the new scope or after it.")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "It was ended when the new one was not in yet, which is there now.")
    @Outcome(expect = FORBIDDEN, desc = "The block has gone back and is at a berth, or neither, or has gone back twice.")
    public static class RenewAndEnd implements Independent {
        private final Berths all = new Berths();

        /// Gives it a new scope.
        @Actor
        public void renew() {
            all.berths.renew();
        }

        /// Ends it.
        @Actor
        public void end() {
            all.berths.drain();
        }

        /// Looks where the block is.
        @Arbiter
        public void look(LL_Result r) {
            final var atBerths = new AtomicInteger();
            all.berths.forEach((_, _) -> atBerths.incrementAndGet());
            r.r1 = all.released.get();
            r.r2 = atBerths.get();
        }
    }
}
