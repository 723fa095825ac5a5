package io.offheap.jcstress.space;

import static io.offheap.jcstress.space.Spaces.ALL;
import static io.offheap.jcstress.space.Spaces.OTHERS;
import static io.offheap.jcstress.space.Spaces.PAGE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/// Somebody reads without a lock while the page is taken away and its memory becomes another's: the next tenant fills it
/// with bytes of its own.
public final class ReaderCases {

    private static final MemoryDomain DOMAIN = Spaces.newDomain();

    /// Reads for about as long as the other thread takes.
    private static final int READS = 150;

    private ReaderCases() {}

    /// Fills memory that has just become free.
    private static void letAnotherMoveIn() {
        try (var tenant = DOMAIN.newSpace("tenant")) {
            tenant.map(0, 2 * PAGE);
            Spaces.fill(tenant, 2, OTHERS);
        }
    }

    /// {@return what many reads of a word have found: each once, in the order in which it came first}
    private static String readOften(AddressSpace space) {
        var all = "";
        var last = "";
        for (int i = 0; i < READS; i++) {
            final var now = Spaces.read(space, PAGE / 2);
            if (!now.equals(last)) {
                all += last.isEmpty() ? now : " then " + now;
                last = now;
            }
        }
        return all;
    }

    private static String readBulkOften(AddressSpace space) {
        final var target = MemorySegment.ofArray(new long[(int) (PAGE / Long.BYTES)]);
        var all = "";
        var last = "";
        for (int i = 0; i < READS / 10; i++) {
            final var now = Spaces.readBulk(space, target);
            if (!now.equals(last)) {
                all += last.isEmpty() ? now : " then " + now;
                last = now;
            }
        }
        return all;
    }

    /// Single reads beside a purge.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Read before the purge.")
    @Outcome(id = "data then bus", expect = ACCEPTABLE, desc = "In between: that is told from then on.")
    @Outcome(id = "bus", expect = ACCEPTABLE, desc = "Read after the purge.")
    @Outcome(id = ".*zero.*", expect = FORBIDDEN, desc = "Memory that was given back reads as zero, silently.")
    @Outcome(id = ".*others.*", expect = FORBIDDEN, desc = "The bytes of the next tenant.")
    @Outcome(expect = FORBIDDEN, desc = "Back again, or bytes of nobody.")
    public static class Purge {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Reads.
        @Actor
        public void read(L_Result r) {
            r.r1 = readOften(space);
        }

        /// Purges, and lets another have the memory.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
            letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Reads of a whole page beside a purge.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Read before the purge.")
    @Outcome(id = "data then bus", expect = ACCEPTABLE, desc = "In between: that is told from then on.")
    @Outcome(id = "bus", expect = ACCEPTABLE, desc = "Read after the purge.")
    @Outcome(id = ".*mixed.*", expect = FORBIDDEN, desc = "Half of it was another's.")
    @Outcome(id = ".*after a part.*", expect = FORBIDDEN, desc = "It has failed, and copied something.")
    @Outcome(id = ".*zero.*", expect = FORBIDDEN, desc = "Memory that was given back reads as zero, silently.")
    @Outcome(id = ".*others.*", expect = FORBIDDEN, desc = "The bytes of the next tenant.")
    @Outcome(expect = FORBIDDEN, desc = "Back again, or bytes of nobody.")
    public static class BulkPurge {
        private final AddressSpace space = Spaces.marked(DOMAIN, 1);

        /// Reads.
        @Actor
        public void read(L_Result r) {
            r.r1 = readBulkOften(space);
        }

        /// Purges, and lets another have the memory.
        @Actor
        public void purge() {
            DOMAIN.purge(ALL);
            letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Single reads beside an unmap.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Read before the unmap.")
    @Outcome(id = "data then segv", expect = ACCEPTABLE, desc = "In between: that is told from then on.")
    @Outcome(id = "segv", expect = ACCEPTABLE, desc = "Read after the unmap.")
    @Outcome(id = ".*zero.*", expect = FORBIDDEN, desc = "Memory that was given back reads as zero, silently.")
    @Outcome(id = ".*others.*", expect = FORBIDDEN, desc = "The bytes of the next tenant.")
    @Outcome(expect = FORBIDDEN, desc = "Back again, or bytes of nobody.")
    public static class Unmap {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Reads.
        @Actor
        public void read(L_Result r) {
            r.r1 = readOften(space);
        }

        /// Unmaps, and lets another have the memory.
        @Actor
        public void unmap() {
            space.unmap(0, PAGE);
            letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Reads of a whole page beside an unmap.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Read before the unmap.")
    @Outcome(id = "data then segv", expect = ACCEPTABLE, desc = "In between: that is told from then on.")
    @Outcome(id = "segv", expect = ACCEPTABLE, desc = "Read after the unmap.")
    @Outcome(id = ".*mixed.*", expect = FORBIDDEN, desc = "Half of it was another's.")
    @Outcome(id = ".*after a part.*", expect = FORBIDDEN, desc = "It has failed, and copied something.")
    @Outcome(id = ".*zero.*", expect = FORBIDDEN, desc = "Memory that was given back reads as zero, silently.")
    @Outcome(id = ".*others.*", expect = FORBIDDEN, desc = "The bytes of the next tenant.")
    @Outcome(expect = FORBIDDEN, desc = "Back again, or bytes of nobody.")
    public static class BulkUnmap {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Reads.
        @Actor
        public void read(L_Result r) {
            r.r1 = readBulkOften(space);
        }

        /// Unmaps, and lets another have the memory.
        @Actor
        public void unmap() {
            space.unmap(0, PAGE);
            letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Single reads of a space that unmaps everything.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Read before the reset.")
    @Outcome(id = "data then segv", expect = ACCEPTABLE, desc = "In between: that is told from then on.")
    @Outcome(id = "segv", expect = ACCEPTABLE, desc = "Read after the reset.")
    @Outcome(id = ".*zero.*", expect = FORBIDDEN, desc = "Memory that was given back reads as zero, silently.")
    @Outcome(id = ".*others.*", expect = FORBIDDEN, desc = "The bytes of the next tenant.")
    @Outcome(expect = FORBIDDEN, desc = "Back again, or bytes of nobody.")
    public static class Exec {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Reads.
        @Actor
        public void read(L_Result r) {
            r.r1 = readOften(space);
        }

        /// Unmaps all, and lets another have the memory.
        @Actor
        public void exec() {
            space.exec();
            letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Reads of a page that is forked, and copied by the other side, which then ends.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "What others do with their copies is nobody's business.")
    @Outcome(expect = FORBIDDEN, desc = "A fork has shown through.")
    public static class ForkAndCopy {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Reads.
        @Actor
        public void read(L_Result r) {
            r.r1 = readOften(space);
        }

        /// Forks, writes, ends, and lets another have the memory.
        @Actor
        public void fork() {
            try (var snapshot = space.snapshot()) {
                snapshot.putLong(PAGE / 2, 7);
            }
            letAnotherMoveIn();
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }

    /// Single reads at an address from which the page is moved away.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Read before the move.")
    @Outcome(id = "data then segv", expect = ACCEPTABLE, desc = "In between: that is told from then on.")
    @Outcome(id = "segv", expect = ACCEPTABLE, desc = "Read after the move.")
    @Outcome(id = ".*zero.*", expect = FORBIDDEN, desc = "The move reads as zero, silently.")
    @Outcome(id = ".*others.*", expect = FORBIDDEN, desc = "What was written at the new place shows at the old one.")
    @Outcome(expect = FORBIDDEN, desc = "Back again, or bytes of nobody.")
    public static class Remap {
        private final AddressSpace space = Spaces.filled(DOMAIN, 1);

        /// Reads.
        @Actor
        public void read(L_Result r) {
            r.r1 = readOften(space);
        }

        /// Moves the page, and writes to it at its new place.
        @Actor
        public void remap() {
            space.remap(0, PAGE, 4 * PAGE);
            space.putLong(4 * PAGE + PAGE / 2, OTHERS);
        }

        /// Ends the space.
        @Arbiter
        public void close() {
            space.close();
        }
    }
}
