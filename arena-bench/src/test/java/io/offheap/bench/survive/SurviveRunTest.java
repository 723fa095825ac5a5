package io.offheap.bench.survive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.limit.ControlGroup;
import io.offheap.bench.limit.Groups;
import io.offheap.bench.limit.MemoryLimit;
import io.offheap.bench.limit.OwnBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real children under real limits, small.
class SurviveRunTest {

    private static final long MIB = 1 << 20;

    /// Three phases of 100 MiB are more than the limit; each fits.
    private static final Scenario SMALL = new Scenario(
            Scenario.KEEPING,
            192 * MIB,
            new Phases(2, 100 * MIB, List.of(8L << 10, 1L << 20, 20L << 10), Phases.USUAL_KEEP),
            0);

    @Test
    void oursSurvivesWhereWhatIsFreedMustMakeRoom() throws Exception {
        Groups.assume();
        final Ending ending = SurviveRun.run(SMALL, setup(Contestants.OFFHEAP_ADDRESS), ControlGroup::create);
        assertEquals(Ending.SURVIVED, ending.outcome(), ending::note);
        assertEquals(3, ending.levels().size(), ending::note);
        assertEquals(0, ending.usage().kills(), ending::note);
        assertTrue(ending.usage().peakBytes() > 100 * MIB && ending.usage().peakBytes() <= 192 * MIB, ending::note);
        assertTrue(ending.times().orElseThrow().nanos() > 0, ending::note);
        assertFalse(ending.reason().contains(" 0 MiB purged"), ending::note);
    }

    /// They have grown old, and each phase wants blocks of another size: nothing but a full collection can make room.
    @ParameterizedTest
    @ValueSource(strings = {Contestants.OFFHEAP_DIRECT, Contestants.OFFHEAP_AUTO})
    void whatIsDroppedMakesRoomToo(String dropping) throws Exception {
        Groups.assume();
        final Scenario phases = new Scenario(
                Scenario.KEEPING,
                320 * MIB,
                new Phases(1, 160 * MIB, List.of(8L << 10, 1L << 20, 20L << 10), Phases.USUAL_KEEP),
                0);
        final Ending ending = SurviveRun.run(phases, setup(dropping), ControlGroup::create);
        assertEquals(Ending.SURVIVED, ending.outcome(), ending::note);
        assertEquals(3, ending.levels().size(), ending::note);
    }

    @Test
    void aNeighbourGrowsUnderTheSameLimit() throws Exception {
        Groups.assume();
        final Scenario beside = new Scenario(
                Scenario.NEIGHBOUR, 256 * MIB, new Phases(1, 40 * MIB, List.of(8L << 10), Phases.USUAL_KEEP), 60 * MIB);
        final Ending ending = SurviveRun.run(beside, setup(Contestants.OFFHEAP_ADDRESS), ControlGroup::create);
        assertEquals(Ending.SURVIVED, ending.outcome(), ending::note);
        assertTrue(ending.usage().nowBytes() > 100 * MIB, ending::note);
    }

    @Test
    void whoIsKilledForLackOfMemoryIsKnownByBothSigns() throws Exception {
        Groups.assume();
        final Scenario tooMuch =
                new Scenario(Scenario.KEEPING, 96 * MIB, new Phases(1, 200 * MIB, List.of(1L << 20), 0), 0);
        final Ending ending = SurviveRun.run(tooMuch, setup(Contestants.FFM_MALLOC), ControlGroup::create);
        assertEquals(Ending.OOM_KILLED, ending.outcome(), ending::note);
        assertTrue(ending.usage().kills() > 0 && ending.usage().failures() > 0, ending::note);
        assertTrue(ending.reason().contains("137"), ending::note);
        assertTrue(ending.times().isEmpty(), ending::note);
    }

    @Test
    void whoEndsForAnotherReasonWasNotKilledForMemory() throws Exception {
        Groups.assume();
        final Setup noJvm = new Setup("nobody", "", List.of("-XX:NoSuchFlag"), Map.of(), true, true);
        final Ending ending = SurviveRun.run(SMALL, noJvm, ControlGroup::create);
        assertEquals("failed", ending.outcome(), ending::note);
    }

    @Test
    void javasOwnRefusalIsAnOutcome() throws Exception {
        final Setup bounded = new Setup(
                Contestants.JDK_DIRECT, "", List.of("-XX:MaxDirectMemorySize=16m"), Map.of(), true, true);
        final Scenario unlimited = new Scenario(
                Scenario.KEEPING, MemoryLimit.UNLIMITED, new Phases(1, 64 * MIB, List.of(1L << 20), 0), 0);
        final Ending ending = SurviveRun.run(unlimited, bounded, bytes -> new OwnBudget(bytes, "test"));
        assertEquals("out-of-memory-error", ending.outcome(), ending::note);
    }

    @Test
    void anOwnBudgetEndsWhoExceedsIt() throws Exception {
        final Scenario budget =
                new Scenario(Scenario.KEEPING, 96 * MIB, new Phases(1, 200 * MIB, List.of(1L << 20), 0), 0);
        final Ending ending =
                SurviveRun.run(budget, setup(Contestants.FFM_MALLOC), bytes -> new OwnBudget(bytes, "test"));
        assertEquals(Ending.OOM_KILLED, ending.outcome(), ending::note);
        assertTrue(ending.reason().contains("ended by the benchmark"), ending::note);
    }

    @Test
    void noGroupIsLeftWhateverHappens() throws Exception {
        Groups.assume();
        final List<ControlGroup> made = new ArrayList<>();
        final Setup noJvm = new Setup("nobody", "", List.of("-XX:NoSuchFlag"), Map.of(), true, true);
        SurviveRun.run(SMALL, noJvm, bytes -> {
            made.add(ControlGroup.create(bytes));
            return made.getFirst();
        });
        assertFalse(made.getFirst().exists());
    }

    private static Setup setup(String name) {
        return Contestants.find(name, "").orElseThrow();
    }
}
