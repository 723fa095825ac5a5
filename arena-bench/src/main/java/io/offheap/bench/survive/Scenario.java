package io.offheap.bench.survive;

import io.offheap.bench.limit.MemoryLimit;

/// One way to run the phases.
///
/// @param workload its name in reports
/// @param limitBytes what all processes together may use, or [MemoryLimit#UNLIMITED]
/// @param phases what the contestant does
/// @param neighbourBytes by how much another process grows after the phases, in one second; 0 for none
record Scenario(String workload, long limitBytes, Phases phases, long neighbourBytes) {

    /// One block in a hundred stays to the end.
    static final String KEEPING = "survive";

    /// Every block is freed after its phase.
    static final String ALL_FREED = "survive-all-freed";

    /// One block in a hundred stays, and a neighbour grows after the phases.
    static final String NEIGHBOUR = "survive-neighbour";

    /// {@return whether a neighbour takes part}
    boolean hasNeighbour() {
        return neighbourBytes > 0;
    }

    /// {@return whether there is a limit}
    boolean isLimited() {
        return limitBytes != MemoryLimit.UNLIMITED;
    }

    /// {@return the same without a limit}
    Scenario unlimited() {
        return new Scenario(workload, MemoryLimit.UNLIMITED, phases, neighbourBytes);
    }
}
