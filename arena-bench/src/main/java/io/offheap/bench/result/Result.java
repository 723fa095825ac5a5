package io.offheap.bench.result;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// One figure of one contestant, with everything needed to find and to judge it. A row of the JSON that every
/// benchmark writes.
///
/// @param workload what was done
/// @param contestant who did it
/// @param threads how many threads at once
/// @param size bytes of a block
/// @param metric what the figure measures
/// @param unit of value, least and most
/// @param figures median, least and most over the repetitions; empty where there is no figure, which `outcome` explains
/// @param runs how many repetitions the figures are from
/// @param at the moment the figure was read, where a workload has several
/// @param mode how the contestant ran, where it can run in several ways
/// @param outcome how the run ended, where that is part of the result or where it failed
/// @param note anything a reader should know
public record Result(
        String workload,
        String contestant,
        OptionalInt threads,
        OptionalLong size,
        Metric metric,
        String unit,
        Optional<Spread> figures,
        OptionalInt runs,
        Optional<String> at,
        Optional<String> mode,
        Optional<String> outcome,
        Optional<String> note) {

    /// {@return the beginning of a result}
    public static Builder of(String workload, String contestant, Metric metric) {
        return new Builder(workload, contestant, metric);
    }

    /// {@return the median}
    /// @throws java.util.NoSuchElementException if there is no figure
    public double value() {
        return figures.orElseThrow().median();
    }

    /// {@return the row of JSON: the fields that apply, in the order in which they are documented}
    public Map<String, Object> row() {
        final Map<String, Object> row = new LinkedHashMap<>();
        row.put("workload", workload);
        row.put("contestant", contestant);
        threads.ifPresent(count -> row.put("threads", count));
        size.ifPresent(bytes -> row.put("size", bytes));
        row.put("metric", metric.text());
        row.put("unit", unit);
        figures.ifPresent(spread -> {
            row.put("value", spread.median());
            row.put("min", spread.least());
            row.put("max", spread.most());
        });
        runs.ifPresent(count -> row.put("runs", count));
        at.ifPresent(moment -> row.put("at", moment));
        mode.ifPresent(way -> row.put("mode", way));
        outcome.ifPresent(end -> row.put("outcome", end));
        note.ifPresent(text -> row.put("note", text));
        return row;
    }

    /// Gathers what is known of a result; what is not given does not apply. For one thread.
    public static final class Builder {

        private final String workload;
        private final String contestant;
        private final Metric metric;
        private String unit;
        private OptionalInt threads = OptionalInt.empty();
        private OptionalLong size = OptionalLong.empty();
        private Optional<Spread> figures = Optional.empty();
        private OptionalInt runs = OptionalInt.empty();
        private Optional<String> at = Optional.empty();
        private Optional<String> mode = Optional.empty();
        private Optional<String> outcome = Optional.empty();
        private Optional<String> note = Optional.empty();

        private Builder(String workload, String contestant, Metric metric) {
            this.workload = Objects.requireNonNull(workload);
            this.contestant = Objects.requireNonNull(contestant);
            this.metric = metric;
            this.unit = metric.unit();
        }

        /// How many threads worked at once.
        public Builder threads(int count) {
            threads = OptionalInt.of(count);
            return this;
        }

        /// Bytes of a block.
        public Builder size(long bytes) {
            size = OptionalLong.of(bytes);
            return this;
        }

        /// A unit other than the metric's usual one.
        public Builder unit(String otherUnit) {
            unit = otherUnit;
            return this;
        }

        /// The figures, and from how many repetitions they are.
        public Builder figures(Spread spread, int repetitions) {
            figures = Optional.of(spread);
            runs = OptionalInt.of(repetitions);
            return this;
        }

        /// One figure, measured once.
        public Builder figure(double value) {
            return figures(new Spread(value, value, value), 1);
        }

        /// The moment at which it was read.
        public Builder at(String moment) {
            at = Optional.of(moment);
            return this;
        }

        /// How the contestant ran; nothing when it is empty.
        public Builder mode(String way) {
            mode = nonEmpty(way);
            return this;
        }

        /// How the run ended; nothing when it is empty.
        public Builder outcome(String end) {
            outcome = nonEmpty(end);
            return this;
        }

        /// What a reader should know; nothing when it is empty.
        public Builder note(String text) {
            note = nonEmpty(text);
            return this;
        }

        /// {@return the result}
        public Result build() {
            return new Result(
                    workload, contestant, threads, size, metric, unit, figures, runs, at, mode, outcome, note);
        }

        private static Optional<String> nonEmpty(String text) {
            return Optional.of(text).filter(given -> !given.isEmpty());
        }
    }
}
