package io.offheap.jcstress.space;

import static io.offheap.jcstress.space.Spaces.ALL;
import static io.offheap.jcstress.space.Spaces.PAGE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.types.BusErrorException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// A space is forked, or its fork written, while something else happens to the pages that both share.
public final class ForkCases {

    private static final MemoryDomain DOMAIN = Spaces.newDomain();

    private ForkCases() {}

    /// The page that a fork is about to share is purged.
    @JCStressTest
    @State
    @Outcome(id = "bus, bus, PURGED, PURGED", expect = ACCEPTABLE,
            desc = "Purged before the fork, which copies the loss, or after it, for both at once.")
    @Outcome(id = "bus, data, .*", expect = FORBIDDEN, desc = "The child has a page that was given back.")
    @Outcome(id = "data, bus, .*", expect = FORBIDDEN, desc = "The child lost what the parent still has.")
    @Outcome(expect = FORBIDDEN, desc = "A purge that was missed, or is not told to one of the two.")
    public static class Purge {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);
        private AddressSpace child;

        /// Makes the child.
        @Actor
        public void fork() {
            child = space.fork("child");
        }

        /// Memory is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
        }

        /// Looks at both.
        @Arbiter
        public void look(LLLL_Result r) {
            r.r1 = Spaces.readAll(space, 1);
            r.r2 = Spaces.readAll(child, 1);
            r.r3 = space.unmarkVolatile(0, PAGE);
            r.r4 = child.unmarkVolatile(0, PAGE);
            DOMAIN.checkInvariants();
            child.close();
            space.close();
        }
    }

    /// The parent takes the page back while it is forked. Afterwards memory is wanted.
    @JCStressTest
    @State
    @Outcome(id = "child marked, 0 purged, data, data", expect = ACCEPTABLE,
            desc = "Forked first: the child would let the page go, the parent would not, so it stays.")
    @Outcome(id = "child pinned, 0 purged, data, data", expect = ACCEPTABLE, desc = "Taken back first: no mark to copy.")
    @Outcome(expect = FORBIDDEN, desc = "A page was purged that the parent had taken back.")
    public static class Unmark {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);
        private AddressSpace child;

        /// Makes the child.
        @Actor
        public void fork() {
            child = space.fork("child");
        }

        /// Takes the parent's page back.
        @Actor
        public void unmark() {
            space.unmarkVolatile(0, PAGE);
        }

        /// Purges, and looks at both.
        @Arbiter
        public void look(LLLL_Result r) {
            r.r1 = child.status(0, PAGE).isPinned() ? "child pinned" : "child marked";
            r.r2 = DOMAIN.purge(ALL) / PAGE + " purged";
            r.r3 = Spaces.readAll(space, 1);
            r.r4 = Spaces.readAll(child, 1);
            child.close();
            space.close();
        }
    }

    /// The child writes to the page, and so copies it, while it is purged; both have marked it.
    @JCStressTest
    @State
    @Outcome(id = "written, mine, data", expect = ACCEPTABLE, desc = "Copied first: the purge took the parent's page alone.")
    @Outcome(id = "written, bus, bus", expect = ACCEPTABLE, desc = "Copied first, and then the copy was purged too.")
    @Outcome(id = "refused, bus, bus", expect = ACCEPTABLE, desc = "Purged first: a write to a purged page is a bus error.")
    @Outcome(id = "written, .*, zero", expect = FORBIDDEN, desc = "The copy was made from a page that was being taken away.")
    @Outcome(id = "written, data, .*", expect = FORBIDDEN, desc = "The write is lost, and the page is not.")
    @Outcome(expect = FORBIDDEN, desc = "A copy that is neither whole nor purged.")
    public static class CopyAndPurge {
        private static final long MINE = 7;
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);
        private final AddressSpace child = space.fork("child");

        /// Writes the first word.
        @Actor
        public void write(LLL_Result r) {
            try {
                child.putLong(0, MINE);
                r.r1 = "written";
            } catch (BusErrorException purged) {
                r.r1 = "refused";
            }
        }

        /// Memory is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
        }

        /// Looks at the word that was written and at the rest of the page.
        @Arbiter
        public void look(LLL_Result r) {
            final var written = Spaces.read(child, 0);
            r.r2 = written.equals(Long.toHexString(MINE)) ? "mine" : written;
            final var rest = Spaces.read(child, PAGE / 2);
            r.r3 = rest.equals(Spaces.read(child, PAGE - Long.BYTES * 16)) || "data".equals(rest) ? rest : "mixed";
            DOMAIN.checkInvariants();
            child.close();
            space.close();
        }
    }

    /// The parent writes to a page while the child reads it.
    @JCStressTest
    @State
    @Outcome(id = "data, data, 7", expect = ACCEPTABLE, desc = "The child keeps what was there when it was made.")
    @Outcome(expect = FORBIDDEN, desc = "The child saw a write of the parent that began after it was made.")
    public static class CopyAndRead {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);
        private final AddressSpace child = space.fork("child");

        /// Copies the page, and writes the copy.
        @Actor
        public void write() {
            space.putLong(0, 7);
        }

        /// Reads the old page, often.
        @Actor
        public void read(LLL_Result r) {
            r.r1 = "data";
            for (int i = 0; i < 200; i++) {
                final var seen = Spaces.read(child, 0);
                if (!"data".equals(seen)) {
                    r.r1 = seen;
                }
            }
        }

        /// Looks at both.
        @Arbiter
        public void look(LLL_Result r) {
            r.r2 = Spaces.readAll(child, 1);
            r.r3 = Spaces.read(space, 0);
            child.close();
            space.close();
        }
    }

    /// One thread writes to two pages, one after the other; another one takes a snapshot.
    @JCStressTest
    @State
    @Outcome(id = "data, data, same", expect = ACCEPTABLE, desc = "The snapshot is older than both writes.")
    @Outcome(id = "7, data, same", expect = ACCEPTABLE, desc = "It lies between the two.")
    @Outcome(id = "7, 7, same", expect = ACCEPTABLE, desc = "It is younger than both.")
    @Outcome(id = "data, 7, .*", expect = FORBIDDEN, desc = "It shows a write without the one before.")
    @Outcome(id = ".*, changed", expect = FORBIDDEN, desc = "A store landed in a page that the snapshot had.")
    @Outcome(expect = FORBIDDEN, desc = "Bytes of nobody.")
    public static class SnapshotOfTwoWrites {
        private final AddressSpace space = Spaces.filled(DOMAIN, 2);
        private AddressSpace snapshot;

        /// Writes both.
        @Actor
        public void write() {
            space.putLong(0, 7);
            space.putLong(PAGE, 7);
        }

        /// Takes it, and looks at once.
        @Actor
        public void snapshot(LLL_Result r) {
            snapshot = space.snapshot();
            r.r2 = Spaces.read(snapshot, PAGE);
            r.r1 = Spaces.read(snapshot, 0);
        }

        /// Looks again.
        @Arbiter
        public void look(LLL_Result r) {
            final boolean same = Spaces.read(snapshot, 0).equals(r.r1) && Spaces.read(snapshot, PAGE).equals(r.r2);
            r.r3 = same ? "same" : "changed";
            snapshot.close();
            space.close();
        }
    }

    /// Somebody has the native address of a page that is forked, and writes through it.
    @JCStressTest
    @State
    @Outcome(id = "7, data, same", expect = ACCEPTABLE, desc = "The child was copied before the write.")
    @Outcome(id = "7, 7, same", expect = ACCEPTABLE, desc = "The child was copied after the write.")
    @Outcome(id = "data, .*, .*", expect = FORBIDDEN, desc = "The pinned segment is no longer the parent's page.")
    @Outcome(expect = FORBIDDEN, desc = "The child shares a page that somebody writes by its address.")
    public static class PinnedPage {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);
        private final AddressSpace.Pin pin = space.pin(0, PAGE);
        private final MemorySegment segment = pin.segments().getFirst();
        private AddressSpace child;

        /// Writes by the native address.
        @Actor
        public void write() {
            segment.set(ValueLayout.JAVA_LONG, 0, 7);
        }

        /// Makes the child.
        @Actor
        public void fork() {
            child = space.fork("child");
        }

        /// Looks at both, and whether later writes stay the parent's.
        @Arbiter
        public void look(LLL_Result r) {
            r.r1 = Spaces.read(space, 0);
            r.r2 = Spaces.read(child, 0);
            segment.set(ValueLayout.JAVA_LONG, 0, 8);
            r.r3 = Spaces.read(child, 0).equals(r.r2) ? "same" : "changed";
            pin.close();
            child.close();
            space.close();
        }
    }

    /// Both sides of a fork write to the page that they share.
    @JCStressTest
    @State
    @Outcome(id = "1 data, 2 data", expect = ACCEPTABLE, desc = "Each has its own page, whoever copied.")
    @Outcome(expect = FORBIDDEN, desc = "A write went to the other side, or a copy was not whole.")
    public static class BothWrite {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);
        private final AddressSpace child = space.fork("child");

        /// Writes the parent's.
        @Actor
        public void parent() {
            space.putLong(0, 1);
        }

        /// Writes the child's.
        @Actor
        public void child() {
            child.putLong(0, 2);
        }

        /// Looks at both.
        @Arbiter
        public void look(LL_Result r) {
            r.r1 = Spaces.read(space, 0) + " " + Spaces.read(space, PAGE / 2);
            r.r2 = Spaces.read(child, 0) + " " + Spaces.read(child, PAGE / 2);
            DOMAIN.checkInvariants();
            child.close();
            space.close();
        }
    }
}
