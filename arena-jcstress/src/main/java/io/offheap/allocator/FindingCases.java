package io.offheap.allocator;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.jcstress.Independent;
import java.lang.ref.PhantomReference;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/// Who was refused and finds nothing knows of whoever was first to take what there was.
public final class FindingCases {

    private static final int CAPACITY = 64;
    private static final long BASE = 1L << 40;
    private static final long NONE_KNOWN = -1;

    private FindingCases() {}

    /// Two threads look for the one buffer that was dropped.
    @JCStressTest
    @State
    @Outcome(id = "true", expect = ACCEPTABLE, desc = "Who asks has found it, or knows that the other has, or may have.")
    @Outcome(expect = FORBIDDEN, desc = "Who asks is refused although all were dropped.")
    public static class SweepAndAsk implements Independent {
        private final BufferTable table = new BufferTable(new Allowance(0), new long[0]);
        private final Findings findings = new Findings(table, new BufferBerths(table, _ -> { }, false), (_, _) -> { },
                new AutoBlocks(new NoArenas(), () -> { }, 0), new Handovers(), (_, _) -> { });
        private final long before = findings.finds();

        /// What the collector does to a reference is done by hand.
        public SweepAndAsk() {
            final var reference = new PhantomReference<>(ByteBuffer.allocate(CAPACITY), null);
            table.add(BASE, CAPACITY, Blocks.NO_SLOT, reference);
            reference.clear();
        }

        /// Looks, as the daemon does.
        @Actor
        public void sweep() {
            findings.sweep();
        }

        /// Looks and asks, as [CollectorRuns] does.
        @Actor
        public void ask(L_Result r) {
            findings.takeNews(NONE_KNOWN);
            r.r1 = findings.mayHaveFoundSince(before);
        }
    }

    private static final class NoArenas implements AutoBlocks.Taker {
        @Override
        public boolean keep(long address, long byteSize) {
            throw new AssertionError("there are no arenas");
        }

        @Override
        public void take(long address, long byteSize) {
            throw new AssertionError("there are no arenas");
        }
    }
}
