package io.offheap.bench.result;

import java.util.Optional;

/// The figures that a benchmark sets out to reach.
@FunctionalInterface
public interface Reach {

    /// None are set.
    Reach NONE = _ -> Optional.empty();

    /// {@return the figure that a result is to be held against, in its unit}
    Optional<Double> of(Result result);
}
