package io.offheap.jcstress.block;

import static io.offheap.jcstress.block.Allocators.REBUILT;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.VolatileMemory;
import io.offheap.memory.types.Contents;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/// A volatile block is pinned, let go of or closed while it is purged, or while somebody else does the same.
public final class PinCases {

    private static final OffHeapAllocator ALLOCATOR = Allocators.newAllocator();

    private PinCases() {}

    /// A first pin beside a purge.
    @JCStressTest
    @State
    @Outcome(id = "INTACT data", expect = ACCEPTABLE, desc = "Pinned first: nothing is purged under a pin.")
    @Outcome(id = "PURGED zero", expect = ACCEPTABLE, desc = "Purged first, and told.")
    @Outcome(id = "INTACT .*", expect = FORBIDDEN, desc = "A loss that nobody was told of, or one under the pin.")
    @Outcome(expect = FORBIDDEN, desc = "A loss was told that has not happened, or half of one.")
    public static class Purge {
        private final VolatileMemory block = Allocators.filled(ALLOCATOR);

        /// Pins, and looks.
        @Actor
        public void pin(L_Result r) {
            r.r1 = Allocators.pin(block);
        }

        /// Gives everything volatile back.
        @Actor
        public void purge() {
            ALLOCATOR.purge();
        }

        /// Ends the block.
        @Arbiter
        public void close() {
            block.close();
        }
    }

    /// A second pin is taken while the first is let go of and everything volatile is purged.
    @JCStressTest
    @State
    @Outcome(id = "INTACT, data", expect = ACCEPTABLE, desc = "Pins nest across threads: the second kept what the first had.")
    @Outcome(id = "PURGED, zero", expect = ACCEPTABLE, desc = "Nobody had it pinned for a moment, and it was purged then.")
    @Outcome(id = "INTACT, .*", expect = FORBIDDEN, desc = "It was purged under the second pin.")
    @Outcome(expect = FORBIDDEN, desc = "A loss was told that has not happened.")
    public static class NestedPins {
        private final VolatileMemory block = Allocators.filled(ALLOCATOR);
        private final VolatileMemory.Pin first = block.pin();
        private VolatileMemory.Pin second;

        /// Lets the first pin go, and gives everything volatile back.
        @Actor
        public void letGo() {
            first.close();
            ALLOCATOR.purge();
        }

        /// Takes the second.
        @Actor
        public void pin(LL_Result r) {
            second = block.pin();
            r.r1 = second.contents();
        }

        /// Looks through the second.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = Allocators.read(second.segment());
            second.close();
            block.close();
        }
    }

    /// Two threads pin a purged block, and whoever is told so rebuilds it.
    @JCStressTest
    @State
    @Outcome(id = "PURGED, INTACT rebuilt", expect = ACCEPTABLE, desc = "The first rebuilds, the second waits and finds it.")
    @Outcome(id = "INTACT rebuilt, PURGED", expect = ACCEPTABLE, desc = "The same the other way round.")
    @Outcome(id = "PURGED, PURGED", expect = FORBIDDEN, desc = "Both rebuild at the same time, in the same memory.")
    @Outcome(expect = FORBIDDEN, desc = "Somebody was told INTACT before it was.")
    public static class TwoPinners {
        private final VolatileMemory block = Allocators.purged(ALLOCATOR);

        private Object pinAndRebuild() {
            try (var pin = block.pinConfined()) {
                if (pin.contents() == Contents.PURGED) {
                    Allocators.fill(pin.segment(), REBUILT);
                    pin.rebuilt();
                    return pin.contents();
                }
                return pin.contents() + " " + Allocators.read(pin.segment());
            }
        }

        /// Pins.
        @Actor
        public void one(LL_Result r) {
            r.r1 = pinAndRebuild();
        }

        /// Pins too.
        @Actor
        public void other(LL_Result r) {
            r.r2 = pinAndRebuild();
        }

        /// Ends the block.
        @Arbiter
        public void close() {
            block.close();
        }
    }

    /// Two threads pin a purged block; one of them gives up when it is told so.
    @JCStressTest
    @State
    @Outcome(id = "PURGED, PURGED, INTACT rebuilt", expect = ACCEPTABLE, desc = "It gave up first, and the other one was told too.")
    @Outcome(id = "INTACT, PURGED, INTACT rebuilt", expect = ACCEPTABLE, desc = "The other one came first, and has rebuilt.")
    @Outcome(id = ".*, INTACT, .*", expect = FORBIDDEN, desc = "A loss is told until it is made good.")
    @Outcome(expect = FORBIDDEN, desc = "What was rebuilt has gone without a purge.")
    public static class OneGivesUp {
        private final VolatileMemory block = Allocators.purged(ALLOCATOR);

        /// Pins, and does nothing about it.
        @Actor
        public void giveUp(LLL_Result r) {
            try (var pin = block.pinConfined()) {
                r.r1 = pin.contents();
            }
        }

        /// Pins, and rebuilds.
        @Actor
        public void rebuild(LLL_Result r) {
            try (var pin = block.pinConfined()) {
                r.r2 = pin.contents();
                Allocators.fill(pin.segment(), REBUILT);
                pin.rebuilt();
            }
        }

        /// Looks.
        @Arbiter
        public void look(LLL_Result r) {
            r.r3 = Allocators.pin(block);
            block.close();
        }
    }

    /// A block is rebuilt while everything volatile is purged.
    @JCStressTest
    @State
    @Outcome(id = "rebuilt, INTACT rebuilt", expect = ACCEPTABLE, desc = "Purged before, or passed over: it was pinned.")
    @Outcome(id = "rebuilt, PURGED zero", expect = ACCEPTABLE, desc = "Purged again after it was let go of.")
    @Outcome(expect = FORBIDDEN, desc = "Purged while it was rebuilt.")
    public static class RebuildAndPurge {
        private final VolatileMemory block = Allocators.purged(ALLOCATOR);

        /// Pins, rebuilds, and looks.
        @Actor
        public void rebuild(LL_Result r) {
            try (var pin = block.pinConfined()) {
                Allocators.fill(pin.segment(), REBUILT);
                pin.rebuilt();
                r.r1 = Allocators.read(pin.segment());
            }
        }

        /// Gives everything volatile back.
        @Actor
        public void purge() {
            ALLOCATOR.purge();
        }

        /// Looks again.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = Allocators.pin(block);
            block.close();
        }
    }

    /// Somebody reads through the segment of a pin that another one closes; then the block is purged.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Read before the pin was closed.")
    @Outcome(id = "dead", expect = ACCEPTABLE, desc = "The segment has died with its pin.")
    @Outcome(id = ".*zero.*", expect = FORBIDDEN, desc = "The segment shows memory that was purged.")
    @Outcome(expect = FORBIDDEN, desc = "Bytes of nobody.")
    public static class SegmentOfAClosedPin {
        private final VolatileMemory block = Allocators.filled(ALLOCATOR);
        private final VolatileMemory.Pin pin = block.pin();
        private final MemorySegment segment = pin.segment();

        /// Reads until it differs.
        @Actor
        public void read(L_Result r) {
            var seen = "data";
            for (int i = 0; i < 200 && "data".equals(seen); i++) {
                seen = Allocators.read(segment);
            }
            r.r1 = seen;
        }

        /// Closes the pin, and gives everything volatile back.
        @Actor
        public void close() {
            pin.close();
            ALLOCATOR.purge();
        }

        /// Ends the block.
        @Arbiter
        public void end() {
            block.close();
        }
    }

    /// A block is closed while it is purged.
    @JCStressTest
    @State
    @Outcome(id = "closed, two blocks", expect = ACCEPTABLE, desc = "Whoever came first, its memory is given back once.")
    @Outcome(expect = FORBIDDEN, desc = "It can still be pinned, or its memory was given to two.")
    public static class CloseAndPurge {
        private final VolatileMemory block = Allocators.filled(ALLOCATOR);

        /// Closes it.
        @Actor
        public void close() {
            block.close();
        }

        /// Gives everything volatile back.
        @Actor
        public void purge() {
            ALLOCATOR.purge();
        }

        /// Tries to pin it, and takes two blocks of its size.
        @Arbiter
        public void look(LL_Result r) {
            try {
                r.r1 = Allocators.pin(block);
            } catch (IllegalStateException e) {
                r.r1 = "closed";
            }
            final long one = ALLOCATOR.allocateAddress(Allocators.SIZE);
            final long other = ALLOCATOR.allocateAddress(Allocators.SIZE);
            r.r2 = one == other ? "one block" : "two blocks";
            ALLOCATOR.freeAddress(one);
            ALLOCATOR.freeAddress(other);
        }
    }

    /// A block is closed while it is pinned.
    @JCStressTest
    @State
    @Outcome(id = "closed, closed", expect = ACCEPTABLE, desc = "Closed first: no pin is to be had.")
    @Outcome(id = "pinned, data", expect = ACCEPTABLE, desc = "Pinned first: the close is refused, the contents stay.")
    @Outcome(id = "closed, data", expect = FORBIDDEN, desc = "Closed under a pin.")
    @Outcome(expect = FORBIDDEN, desc = "Both were refused, or the contents have gone.")
    public static class CloseAndPin {
        private final VolatileMemory block = Allocators.filled(ALLOCATOR);
        private VolatileMemory.Pin pin;

        /// Closes it.
        @Actor
        public void close(LL_Result r) {
            try {
                block.close();
                r.r1 = "closed";
            } catch (IllegalStateException e) {
                r.r1 = "pinned";
            }
        }

        /// Pins it.
        @Actor
        public void pin(LL_Result r) {
            try {
                pin = block.pin();
            } catch (IllegalStateException e) {
                r.r2 = "closed";
            }
        }

        /// Looks through the pin.
        @Arbiter
        public void look(LL_Result r) {
            if (pin != null) {
                r.r2 = Allocators.read(pin.segment());
                pin.close();
            }
            block.close();
        }
    }

    /// A block is let go of while a purger, which has found it pinned, sends it out of the line.
    @JCStressTest
    @State
    @Outcome(id = "PURGED zero", expect = ACCEPTABLE, desc = "Purged at once, or it stands in the line again and is purged later.")
    @Outcome(expect = FORBIDDEN, desc = "It is volatile, and no purger will ever find it.")
    public static class LetGoAndLook {
        private final VolatileMemory block = Allocators.filled(ALLOCATOR);
        private final VolatileMemory.Pin pin = block.pin();

        /// Lets it go.
        @Actor
        public void letGo() {
            pin.close();
        }

        /// Looks for what is volatile.
        @Actor
        public void purge() {
            ALLOCATOR.purge();
        }

        /// Purges everything, and looks.
        @Arbiter
        public void look(L_Result r) {
            ALLOCATOR.purge();
            r.r1 = Allocators.pin(block);
            block.close();
        }
    }
}
