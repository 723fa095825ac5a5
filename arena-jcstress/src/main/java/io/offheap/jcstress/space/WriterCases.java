package io.offheap.jcstress.space;

import static io.offheap.jcstress.space.Spaces.ALL;
import static io.offheap.jcstress.space.Spaces.DATA;
import static io.offheap.jcstress.space.Spaces.OTHERS;
import static io.offheap.jcstress.space.Spaces.PAGE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.MemoryAccessException;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// Somebody writes without a lock while the page is taken away, and its memory becomes another's.
///
/// "Check, then store" is one step: a store has landed before the page is anybody else's, or it is refused.
public final class WriterCases {

    private static final MemoryDomain DOMAIN = Spaces.newDomain();

    /// Writes for about as long as the other thread takes.
    private static final int WRITES = 300;

    private WriterCases() {}

    /// {@return how far writing came, and how it ended}
    private static String writeOften(AddressSpace space) {
        try {
            for (int i = 0; i < WRITES; i++) {
                space.putLong(8L * (i & 127), DATA);
            }
            return "written";
        } catch (BusErrorException e) {
            return "bus";
        } catch (SegmentationFaultException e) {
            return "segv";
        }
    }

    /// Fills memory that has just become free.
    ///
    /// @return whether it holds what was written there
    private static String letAnotherMoveIn() {
        try (var tenant = DOMAIN.newSpace("tenant")) {
            tenant.map(0, PAGE);
            for (long at = 0; at < PAGE; at += Long.BYTES) {
                tenant.putLong(at, OTHERS);
            }
            for (int looks = 0; looks < 4; looks++) {
                for (long at = 0; at < PAGE; at += Long.BYTES) {
                    if (tenant.getLong(at) != OTHERS) {
                        return "overwritten";
                    }
                }
            }
            return "whole";
        }
    }

    /// One store beside a purge.
    @JCStressTest
    @State
    @Outcome(id = "written, PURGED, zero", expect = ACCEPTABLE, desc = "Stored first, and lost with the page.")
    @Outcome(id = "bus, PURGED, zero", expect = ACCEPTABLE, desc = "Purged first: a write does not take a page back.")
    @Outcome(id = ".*, PURGED, .*", expect = FORBIDDEN, desc = "A store landed in a page that was lost.")
    @Outcome(expect = FORBIDDEN, desc = "A marked page was not purged, or the loss not told.")
    public static class StoreAndPurge {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Stores.
        @Actor
        public void write(LLL_Result r) {
            try {
                space.putLong(0, 7);
                r.r1 = "written";
            } catch (BusErrorException purged) {
                r.r1 = "bus";
            }
        }

        /// Memory is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
        }

        /// Takes the page back, and looks.
        @Arbiter
        public void look(LLL_Result r) {
            r.r2 = space.unmarkVolatile(0, PAGE);
            r.r3 = Spaces.readAll(space, 1);
            space.close();
        }
    }

    /// Stores beside a purge whose memory becomes another's.
    @JCStressTest
    @State
    @Outcome(id = "written, whole", expect = ACCEPTABLE, desc = "All stores came before the purge.")
    @Outcome(id = "bus, whole", expect = ACCEPTABLE, desc = "The purge came first, or in between.")
    @Outcome(id = ".*, overwritten", expect = FORBIDDEN, desc = "A store landed in the next tenant's page.")
    public static class Purge {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Stores.
        @Actor
        public void write(LL_Result r) {
            r.r1 = writeOften(space);
        }

        /// Purges, and lets another have the memory.
        @Actor
        public void purge(LL_Result r) {
            DOMAIN.purge(ALL);
            r.r2 = letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Stores beside an unmap whose memory becomes another's.
    @JCStressTest
    @State
    @Outcome(id = "written, whole", expect = ACCEPTABLE, desc = "All stores came before the unmap.")
    @Outcome(id = "segv, whole", expect = ACCEPTABLE, desc = "The unmap came first, or in between.")
    @Outcome(id = ".*, overwritten", expect = FORBIDDEN, desc = "A store landed in the next tenant's page.")
    public static class Unmap {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Stores.
        @Actor
        public void write(LL_Result r) {
            r.r1 = writeOften(space);
        }

        /// Unmaps, and lets another have the memory.
        @Actor
        public void unmap(LL_Result r) {
            space.unmap(0, PAGE);
            r.r2 = letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Stores beside a fork whose child is read meanwhile.
    @JCStressTest
    @State
    @Outcome(id = "written, stable", expect = ACCEPTABLE, desc = "Each store is in the child or not, and stays so.")
    @Outcome(id = "written, changing", expect = FORBIDDEN, desc = "A store that the fork did not see landed in a page that it shares.")
    public static class Fork {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Stores numbers that grow.
        @Actor
        public void write(LL_Result r) {
            for (int i = 1; i <= WRITES; i++) {
                space.putLong(0, i);
            }
            r.r1 = "written";
        }

        /// Takes snapshots, and looks at each several times.
        @Actor
        public void fork(LL_Result r) {
            r.r2 = "stable";
            for (int i = 0; i < 4; i++) {
                try (var snapshot = space.snapshot()) {
                    final long first = snapshot.getLong(0);
                    for (int looks = 0; looks < 20; looks++) {
                        if (snapshot.getLong(0) != first) {
                            r.r2 = "changing";
                        }
                    }
                }
            }
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// A store beside a change of protection.
    @JCStressTest
    @State
    @Outcome(id = "written, same", expect = ACCEPTABLE, desc = "Stored before.")
    @Outcome(id = "refused, same", expect = ACCEPTABLE, desc = "Forbidden before.")
    @Outcome(id = ".*, changed", expect = FORBIDDEN, desc = "A store landed after writing was forbidden.")
    public static class Protect {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Stores.
        @Actor
        public void write(LL_Result r) {
            try {
                space.putLong(0, 7);
                r.r1 = "written";
            } catch (MemoryAccessException e) {
                r.r1 = "refused";
            }
        }

        /// Forbids writing, and looks.
        @Actor
        public void protect(LL_Result r) {
            space.protectReadOnly(0, PAGE);
            final long now = space.getLong(0);
            r.r2 = "same";
            for (int looks = 0; looks < 20; looks++) {
                if (space.getLong(0) != now) {
                    r.r2 = "changed";
                }
            }
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Somebody wants the native address of a page that is being purged.
    @JCStressTest
    @State
    @Outcome(id = "data, 0", expect = ACCEPTABLE, desc = "Pinned first: the page stays where it is.")
    @Outcome(id = "bus, 1", expect = ACCEPTABLE, desc = "Purged first: there is nothing to pin.")
    @Outcome(expect = FORBIDDEN, desc = "A page was purged under its pin, or was lost without a word.")
    public static class PinAndPurge {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);
        private AddressSpace.Pin pin;

        /// Pins.
        @Actor
        public void pin(LL_Result r) {
            try {
                pin = space.pin(0, PAGE);
            } catch (BusErrorException purged) {
                r.r1 = "bus";
            }
        }

        /// Memory is wanted elsewhere.
        @Actor
        public void purge(LL_Result r) {
            r.r2 = DOMAIN.purge(ALL) / PAGE;
        }

        /// Looks by the native address.
        @Arbiter
        public void look(LL_Result r) {
            if (pin != null) {
                r.r1 = Spaces.word(pin.segments().getFirst().get(ValueLayout.JAVA_LONG, 0));
                pin.close();
            }
            space.close();
        }
    }
}
