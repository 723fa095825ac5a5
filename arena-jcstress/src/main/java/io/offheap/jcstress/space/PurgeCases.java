package io.offheap.jcstress.space;

import static io.offheap.jcstress.space.Spaces.ALL;
import static io.offheap.jcstress.space.Spaces.DATA;
import static io.offheap.jcstress.space.Spaces.PAGE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.SharedObject;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// What is purged changes hands at the same moment, or somebody is in the way.
public final class PurgeCases {

    private static final MemoryDomain DOMAIN = Spaces.newDomain();

    private PurgeCases() {}

    /// A space ends while it is purged.
    @JCStressTest
    @State
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "The end came first: nothing was left to purge.")
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "One page was purged before the end, the rest went with it.")
    @Outcome(id = ".*, .*, [1-9]", expect = FORBIDDEN, desc = "A mark has outlived its space.")
    @Outcome(expect = FORBIDDEN, desc = "A page was freed twice, or not at all.")
    public static class End {
        private final AddressSpace space = Spaces.marked(DOMAIN, 4);

        /// Ends the space.
        @Actor
        public void close() {
            space.close();
        }

        /// Memory for one page is wanted elsewhere.
        @Actor
        public void purge(LLL_Result r) {
            r.r1 = DOMAIN.purge(PAGE) / PAGE;
        }

        /// Looks for what is left.
        @Arbiter
        public void look(LLL_Result r) {
            r.r2 = DOMAIN.privateBytes();
            r.r3 = DOMAIN.purge(ALL);
            DOMAIN.checkInvariants();
        }
    }

    /// A page is moved while it is purged.
    @JCStressTest
    @State
    @Outcome(id = "segv, bus, PURGED", expect = ACCEPTABLE, desc = "The loss moved, or was made at the new place.")
    @Outcome(id = "segv, zero, .*", expect = FORBIDDEN, desc = "A loss that nobody was told of.")
    @Outcome(id = "segv, data, .*", expect = FORBIDDEN, desc = "The purge missed a page that was marked before and after.")
    @Outcome(expect = FORBIDDEN, desc = "Something is left at the old place, or the loss was forgotten on the way.")
    public static class Move {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Moves the page.
        @Actor
        public void remap() {
            space.remap(0, PAGE, 8 * PAGE);
        }

        /// Memory is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
        }

        /// Looks at both places.
        @Arbiter
        public void look(LLL_Result r) {
            r.r1 = Spaces.read(space, 0);
            r.r2 = Spaces.read(space, 8 * PAGE);
            r.r3 = space.unmarkVolatile(8 * PAGE, PAGE);
            DOMAIN.checkInvariants();
            space.close();
        }
    }

    /// Two purgers want the same page.
    @JCStressTest
    @State
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The first has it.")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The second has it.")
    @Outcome(expect = FORBIDDEN, desc = "A page was given back twice, or by nobody.")
    public static class TwoPurgers {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Memory is wanted.
        @Actor
        public void one(LL_Result r) {
            r.r1 = DOMAIN.purge(PAGE) / PAGE;
        }

        /// Memory is wanted here too.
        @Actor
        public void other(LL_Result r) {
            r.r2 = DOMAIN.purge(PAGE) / PAGE;
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Of two spaces that share an object one takes a page back that both have marked.
    @JCStressTest
    @State
    @Outcome(id = "INTACT, INTACT, data, data", expect = ACCEPTABLE, desc = "Taken back by one in time: it stays for both.")
    @Outcome(id = "PURGED, PURGED, zero, zero", expect = ACCEPTABLE, desc = "Purged first: each is told.")
    @Outcome(expect = FORBIDDEN, desc = "Lost for one only, or not told to one of them.")
    public static class SharedPage {
        private final SharedObject object = DOMAIN.newSharedObject("shared", PAGE);
        private final AddressSpace one = DOMAIN.newSpace("one");
        private final AddressSpace other = DOMAIN.newSpace("other");

        /// Both have it and have marked it.
        public SharedPage() {
            one.map(0, PAGE, object, 0, true);
            other.map(0, PAGE, object, 0, true);
            Spaces.fill(one, 1, DATA);
            one.markVolatile(0, PAGE);
            other.markVolatile(0, PAGE);
        }

        /// Takes it back.
        @Actor
        public void unmark(LLLL_Result r) {
            r.r1 = one.unmarkVolatile(0, PAGE);
        }

        /// Memory is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
        }

        /// The other takes it back too; both look.
        @Arbiter
        public void look(LLLL_Result r) {
            r.r2 = other.unmarkVolatile(0, PAGE);
            r.r3 = Spaces.readAll(one, 1);
            r.r4 = Spaces.readAll(other, 1);
            one.close();
            other.close();
            object.close();
        }
    }

    /// A monitor wants memory while somebody holds the lock for as long as it takes.
    @JCStressTest
    @State
    @Outcome(id = "0, 1, let go", expect = ACCEPTABLE, desc = "Somebody was in the way: no wait, and the next domain is purged.")
    @Outcome(id = "1, 1, let go", expect = ACCEPTABLE, desc = "Nobody was in the way.")
    @Outcome(id = ".*, waited for", expect = FORBIDDEN, desc = "The monitor waited for whoever held the lock.")
    @Outcome(expect = FORBIDDEN, desc = "The other domain was not purged.")
    public static class MonitorInTheWay {
        private static final long HANGS_NANOS = TimeUnit.SECONDS.toNanos(20);
        private static final Gate GATE = new Gate();
        private static final MemoryDomain BUSY = MemoryDomain.builder().pressure().capacity(1 << 20).allocationGate(GATE).build();
        private static final MemoryDomain QUIET = Spaces.newDomain();

        private final AddressSpace space = Spaces.marked(BUSY, 1);
        private final AddressSpace elsewhere = Spaces.marked(QUIET, 1);

        /// Nobody holds the lock yet.
        public MonitorInTheWay() {
            space.map(PAGE, PAGE);
            GATE.close();
        }

        /// Touches a page, and holds the lock until the monitor has returned.
        @Actor
        public void hold(LLL_Result r) {
            space.putLong(PAGE, 1);
            r.r3 = GATE.wasOpened() ? "let go" : "waited for";
        }

        /// Looks for memory.
        @Actor
        public void monitor(LLL_Result r) {
            r.r1 = BUSY.tryPurge(PAGE) / PAGE;
            GATE.open();
            r.r2 = purgeQuiet();
        }

        /// Only the daemon may be in the way there, for a moment.
        private static long purgeQuiet() {
            final long start = System.nanoTime();
            long purged = 0;
            while (purged == 0 && System.nanoTime() - start < HANGS_NANOS) {
                purged = QUIET.tryPurge(PAGE) / PAGE;
            }
            return purged;
        }

        /// Ends the spaces.
        @Arbiter
        public void close() {
            space.close();
            elsewhere.close();
        }

        /// Who is asked before each allocation, with the lock held: waits while it is closed.
        private static final class Gate implements Runnable {
            private volatile boolean open = true;

            void close() {
                open = false;
            }

            void open() {
                open = true;
            }

            boolean wasOpened() {
                return open;
            }

            @Override
            public void run() {
                final long start = System.nanoTime();
                while (!open && System.nanoTime() - start < HANGS_NANOS) {
                    Thread.yield();
                }
            }
        }
    }
}
