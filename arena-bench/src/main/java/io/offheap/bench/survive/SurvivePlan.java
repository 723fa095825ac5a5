package io.offheap.bench.survive;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which cells there are.
///
/// @param limitBytes of every run that has a limit
/// @param phaseBytes allocated in each phase
/// @param workloads their names
/// @param threads numbers of threads
/// @param peerThreads those of them that others than this project's allocator run with; empty for all
/// @param runs of each cell of another one, or empty for the usual number
/// @param ourRuns of each cell of this project's allocator, or empty for the usual number
/// @param isQuick whether the short form was asked for
record SurvivePlan(
        long limitBytes,
        long phaseBytes,
        List<String> workloads,
        List<Integer> threads,
        List<Integer> peerThreads,
        Optional<Integer> runs,
        Optional<Integer> ourRuns,
        boolean isQuick) {

    /// All workloads, in the order of reports.
    static final List<String> WORKLOADS = List.of(Scenario.KEEPING, Scenario.ALL_FREED, Scenario.NEIGHBOUR);

    /// What is left out when it must be quick.
    static final List<String> QUICK_WORKLOADS = List.of(Scenario.KEEPING, Scenario.NEIGHBOUR);

    /// The shares of the limit that the neighbour and the soft limit have: 300 and 700 MiB of 1 GiB.
    private static final double NEIGHBOUR_SHARE = 300.0 / 1024;
    private static final double SOFT_SHARE = 700.0 / 1024;

    private static final int OUR_RUNS = 10;
    private static final int QUICK_RUNS = 2;
    private static final int SOFT_RUNS = 3;

    /// {@return a cell for every scenario and contestant}
    ///
    /// @throws IllegalArgumentException naming what cannot be
    List<SurviveCell> cells(List<Setup> contestants) {
        final List<SurviveCell> cells = new ArrayList<>();
        for (int count : threads) {
            for (String workload : workloads) {
                final Scenario scenario = scenario(workload, count);
                contestants.stream()
                        .filter(setup -> isOurs(setup) || peerThreads.isEmpty() || peerThreads.contains(count))
                        .forEach(setup -> add(cells, scenario, setup));
            }
        }
        return List.copyOf(cells);
    }

    private Scenario scenario(String workload, int count) {
        if (!WORKLOADS.contains(workload)) {
            throw new IllegalArgumentException(
                    "no workload '" + workload + "'; there are " + String.join(", ", WORKLOADS));
        }
        final int keepEvery = workload.equals(Scenario.ALL_FREED) ? 0 : Phases.USUAL_KEEP;
        final long neighbourBytes = workload.equals(Scenario.NEIGHBOUR) ? share(NEIGHBOUR_SHARE) : 0;
        return new Scenario(
                workload, limitBytes, new Phases(count, phaseBytes, Phases.USUAL_SIZES, keepEvery), neighbourBytes);
    }

    /// This project's allocator runs without the limit too, and with a soft limit below it.
    private void add(List<SurviveCell> cells, Scenario scenario, Setup setup) {
        final int count = isOurs(setup) ? ourRuns.orElse(isQuick ? QUICK_RUNS : OUR_RUNS) : runs.orElse(1);
        final SurviveCell cell = new SurviveCell(scenario, setup, count);
        cells.add(cell);
        if (isOurs(setup) && scenario.workload().equals(Scenario.KEEPING)) {
            cells.add(cell.unlimited());
            if (!isQuick) {
                cells.add(cell.withSoftLimit(share(SOFT_SHARE), Math.min(count, SOFT_RUNS)));
            }
        }
    }

    private static boolean isOurs(Setup setup) {
        return setup.name().equals(Contestants.OFFHEAP_ADDRESS);
    }

    private long share(double share) {
        return (long) (limitBytes * share);
    }
}
