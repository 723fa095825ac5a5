package io.offheap.bench.vm;

import io.offheap.bench.result.Result;
import java.util.ArrayList;
import java.util.List;

/// What a part of the benchmark has found out.
///
/// @param results figures
/// @param goals   what they are held against
record Findings(List<Result> results, List<Goal> goals) {

    /// {@return nothing yet}
    static Findings none() {
        return new Findings(new ArrayList<>(), new ArrayList<>());
    }

    /// Adds a comparison.
    void add(List<Result> more, Goal... held) {
        results.addAll(more);
        goals.addAll(List.of(held));
    }
}
