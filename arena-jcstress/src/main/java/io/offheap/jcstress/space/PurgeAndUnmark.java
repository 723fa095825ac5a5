package io.offheap.jcstress.space;

import static io.offheap.jcstress.space.Spaces.ALL;
import static io.offheap.jcstress.space.Spaces.PAGE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;

/// Somebody takes volatile pages back while they are being purged, or while somebody else takes them back.
public final class PurgeAndUnmark {

    private static final MemoryDomain DOMAIN = Spaces.newDomain();

    private PurgeAndUnmark() {}

    /// One page.
    @JCStressTest
    @State
    @Outcome(id = "INTACT, data", expect = ACCEPTABLE, desc = "Taken back first: the purge finds no mark.")
    @Outcome(id = "PURGED, zero", expect = ACCEPTABLE, desc = "Purged first: the loss is told, and the page is usable.")
    @Outcome(id = "INTACT, zero", expect = FORBIDDEN, desc = "A loss that nobody was told of.")
    @Outcome(id = "PURGED, data", expect = FORBIDDEN, desc = "A loss was told that has not happened.")
    @Outcome(id = ".*, bus", expect = FORBIDDEN, desc = "Taken back, and purged all the same.")
    @Outcome(expect = FORBIDDEN, desc = "Bytes of nobody.")
    public static class OnePage {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Memory is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
        }

        /// The page is wanted back.
        @Actor
        public void unmark(LL_Result r) {
            r.r1 = space.unmarkVolatile(0, PAGE);
        }

        /// Looks.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = Spaces.readAll(space, 1);
            space.close();
        }
    }

    /// Eight pages that are one object: the purger wants one page of it.
    @JCStressTest
    @State
    @Outcome(id = "INTACT, data", expect = ACCEPTABLE, desc = "Taken back first: all pages are there.")
    @Outcome(id = "PURGED, zero", expect = ACCEPTABLE, desc = "Purged first: all pages have gone, and that is told.")
    @Outcome(id = ".*, mixed", expect = FORBIDDEN, desc = "A FULL range is lost as a whole or not at all.")
    @Outcome(id = "INTACT, zero", expect = FORBIDDEN, desc = "A loss that nobody was told of.")
    @Outcome(expect = FORBIDDEN, desc = "Taken back, and purged or foreign all the same.")
    public static class FullRange {
        private static final int PAGES = 8;
        private final AddressSpace space = Spaces.filled(DOMAIN, PAGES);

        /// Marked as one object.
        public FullRange() {
            space.markVolatile(0, PAGES * PAGE);
        }

        /// Memory for one page is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(PAGE);
        }

        /// The object is wanted back.
        @Actor
        public void unmark(LL_Result r) {
            r.r1 = space.unmarkVolatile(0, PAGES * PAGE);
        }

        /// Looks.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = Spaces.readAll(space, PAGES);
            space.close();
        }
    }

    /// Eight pages, each for itself: the purger wants one.
    @JCStressTest
    @State
    @Outcome(id = "INTACT, 0", expect = ACCEPTABLE, desc = "Taken back first: all pages are there.")
    @Outcome(id = "PURGED, 1", expect = ACCEPTABLE, desc = "Purged first: the one page that was wanted has gone.")
    @Outcome(id = "INTACT, .*", expect = FORBIDDEN, desc = "A loss that nobody was told of.")
    @Outcome(id = "PURGED, 0", expect = FORBIDDEN, desc = "A loss was told that has not happened.")
    @Outcome(expect = FORBIDDEN, desc = "More was taken than was wanted.")
    public static class PartialRange {
        private static final int PAGES = 8;
        private final AddressSpace space = Spaces.marked(DOMAIN, PAGES);

        /// Memory for one page is wanted elsewhere.
        @Actor
        public void purge() {
            DOMAIN.purge(PAGE);
        }

        /// All pages are wanted back.
        @Actor
        public void unmark(LL_Result r) {
            r.r1 = space.unmarkVolatile(0, PAGES * PAGE);
        }

        /// Counts zeros.
        @Arbiter
        public void look(LL_Result r) {
            int zeros = 0;
            for (int page = 0; page < PAGES; page++) {
                zeros += "zero".equals(Spaces.read(space, page * PAGE)) ? 1 : 0;
            }
            r.r2 = zeros;
            space.close();
        }
    }

    /// Two threads take the same purged page back, in the same space.
    @JCStressTest
    @State
    @Outcome(id = "PURGED, INTACT", expect = ACCEPTABLE, desc = "The first is told, the second finds the page taken back.")
    @Outcome(id = "INTACT, PURGED", expect = ACCEPTABLE, desc = "The same the other way round.")
    @Outcome(id = "INTACT, INTACT", expect = FORBIDDEN, desc = "A loss that nobody was told of.")
    @Outcome(id = "PURGED, PURGED", expect = FORBIDDEN, desc = "One loss, told twice: both would build the page again.")
    public static class TwiceInOneSpace {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Purged already.
        public TwiceInOneSpace() {
            DOMAIN.purge(ALL);
        }

        /// Takes it back.
        @Actor
        public void one(LL_Result r) {
            r.r1 = space.unmarkVolatile(0, PAGE);
        }

        /// Takes it back too.
        @Actor
        public void other(LL_Result r) {
            r.r2 = space.unmarkVolatile(0, PAGE);
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Parent and child take the same purged page back, each its own.
    @JCStressTest
    @State
    @Outcome(id = "PURGED, PURGED", expect = ACCEPTABLE, desc = "Each space is told of its own loss.")
    @Outcome(expect = FORBIDDEN, desc = "A fork copies what was lost by value: no side acknowledges for the other.")
    public static class TwiceInTwoSpaces {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);
        private final AddressSpace child = space.fork("child");

        /// Purged already.
        public TwiceInTwoSpaces() {
            DOMAIN.purge(ALL);
        }

        /// Takes it back.
        @Actor
        public void parent(LL_Result r) {
            r.r1 = space.unmarkVolatile(0, PAGE);
        }

        /// Takes it back too.
        @Actor
        public void child(LL_Result r) {
            r.r2 = child.unmarkVolatile(0, PAGE);
        }

        /// Ends both spaces.
        @Arbiter
        public void close() {
            child.close();
            space.close();
        }
    }

    /// Pages 2 and 3 of six are lost; one thread takes the first four back, one the last four.
    @JCStressTest
    @State
    @Outcome(id = "PURGED, INTACT, zero", expect = ACCEPTABLE, desc = "The first is told of both pages.")
    @Outcome(id = "INTACT, PURGED, zero", expect = ACCEPTABLE, desc = "The second is told of both pages.")
    @Outcome(id = "INTACT, INTACT, .*", expect = FORBIDDEN, desc = "A loss that nobody was told of.")
    @Outcome(id = "PURGED, PURGED, .*", expect = FORBIDDEN,
            desc = "Pages of both ranges are taken back in one step: a page would have been told twice.")
    @Outcome(expect = FORBIDDEN, desc = "A page is not usable though both have taken it back.")
    public static class OverlappingRanges {
        private final AddressSpace space = Spaces.filled(DOMAIN, 6);

        /// Two pages are purged, all six may be.
        public OverlappingRanges() {
            space.markVolatile(2 * PAGE, 2 * PAGE);
            DOMAIN.purge(ALL);
            space.markVolatilePartially(0, 6 * PAGE);
        }

        /// Takes the first four back.
        @Actor
        public void first(LLL_Result r) {
            r.r1 = space.unmarkVolatile(0, 4 * PAGE);
        }

        /// Takes the last four back.
        @Actor
        public void last(LLL_Result r) {
            r.r2 = space.unmarkVolatile(2 * PAGE, 4 * PAGE);
        }

        /// Looks at what was lost.
        @Arbiter
        public void look(LLL_Result r) {
            final var found = Spaces.read(space, 2 * PAGE);
            r.r3 = found.equals(Spaces.read(space, 3 * PAGE)) ? found : "mixed";
            space.close();
        }
    }
}
