package io.offheap.jcstress.block;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.jcstress.Independent;
import io.offheap.memory.purge.VolatileRun;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// The state word of a run of pages: who changes it has the run.
public final class RunCases {

    private RunCases() {}

    private static VolatileRun active() {
        final var run = new VolatileRun(4096, 4096) {
            @Override
            protected void purgeFinished(boolean purged, long bytes) {
                throw new AssertionError("nobody tells the owner");
            }
        };
        run.activate();
        return run;
    }

    private static VolatileRun marked() {
        final var run = active();
        run.mark(1);
        return run;
    }

    /// Two threads mark the same run.
    @JCStressTest
    @State
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The first has freed it.")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The second has freed it.")
    @Outcome(expect = FORBIDDEN, desc = "Freed twice, or not at all.")
    public static class MarkTwice implements Independent {
        private final VolatileRun run = active();

        /// Frees it.
        @Actor
        public void one(LL_Result r) {
            r.r1 = run.mark(2);
        }

        /// Frees it too.
        @Actor
        public void other(LL_Result r) {
            r.r2 = run.mark(3);
        }
    }

    /// A run is taken back while a purger claims it.
    @JCStressTest
    @State
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "Taken back: the purger takes another.")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "Claimed: whoever wanted it takes another.")
    @Outcome(expect = FORBIDDEN, desc = "In use and given back at the same time, or stuck.")
    public static class TakeBackAndClaim implements Independent {
        private final VolatileRun run = marked();

        /// Takes it back.
        @Actor
        public void reuse(LL_Result r) {
            r.r1 = run.reuse();
        }

        /// Claims it.
        @Actor
        public void claim(LL_Result r) {
            r.r2 = run.claim();
        }
    }

    /// A run is held, to be joined with its neighbour, while another one takes it back.
    @JCStressTest
    @State
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "Held: it may be joined.")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "Taken back: it may not.")
    @Outcome(expect = FORBIDDEN, desc = "Joined while it is in use, or stuck.")
    public static class TakeBackAndHold implements Independent {
        private final VolatileRun run = marked();

        /// Holds it.
        @Actor
        public void hold(LL_Result r) {
            r.r1 = run.holdVolatile();
        }

        /// Takes it back.
        @Actor
        public void reuse(LL_Result r) {
            r.r2 = run.reuse();
        }
    }

    /// The operating system refuses to purge a run that is taken back.
    @JCStressTest
    @State
    @Outcome(id = "false, true, intact", expect = ACCEPTABLE, desc = "Taken back before the purger came.")
    @Outcome(id = "true, true, disturbed", expect = ACCEPTABLE, desc = "Taken back after the refusal: some pages may have gone.")
    @Outcome(id = "true, false, null", expect = ACCEPTABLE, desc = "The purger still had it.")
    @Outcome(id = "true, true, intact", expect = FORBIDDEN, desc = "The refusal was missed, and pages may have gone.")
    @Outcome(expect = FORBIDDEN, desc = "A purge that never was has disturbed it, or nobody has it.")
    public static class TakeBackAfterRefusal implements Independent {
        private final VolatileRun run;

        /// A volatile run, let go of with contents.
        public TakeBackAfterRefusal() {
            run = active();
            run.holdActive();
            run.setMarkedAt(1);
            run.releaseVolatile();
        }

        /// Claims it, and is refused.
        @Actor
        public void purge(LLL_Result r) {
            final boolean claimed = run.claim();
            if (claimed) {
                run.finish(false);
            }
            r.r1 = claimed;
        }

        /// Takes it back.
        @Actor
        public void reuse(LLL_Result r) {
            final boolean taken = run.reuse();
            r.r2 = taken;
            if (taken) {
                r.r3 = run.isDisturbed() ? "disturbed" : "intact";
            }
        }
    }
}
