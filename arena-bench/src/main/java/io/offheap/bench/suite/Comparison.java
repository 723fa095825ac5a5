package io.offheap.bench.suite;

import io.offheap.bench.result.Figures;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.Locale;
import java.util.Optional;

/// One ratio held against an earlier one.
///
/// @param before the earlier one
/// @param now the same cell, unless it was not measured
/// @param verdict what is to be thought of it
record Comparison(Result before, Optional<Result> now, Verdict verdict) {

    /// What is to be thought of a ratio.
    enum Verdict {
        /// Within what noise can do.
        SAME("ok    "),
        /// Better than noise can do.
        BETTER("better"),
        /// Worse than noise can do.
        WORSE("WORSE "),
        /// Not measured this time.
        MISSING("GONE  ");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        /// {@return whether somebody has to look at it}
        boolean isBad() {
            return this == WORSE || this == MISSING;
        }
    }

    /// {@return the comparison} A ratio has changed when two things hold: the median by more than the tolerance, and the
    /// ranges from least to most have nothing in common. Each alone happens by chance on a machine that does other work.
    ///
    /// @param tolerance the change of the median that does not matter, as a share
    static Comparison of(Result before, Optional<Result> now, double tolerance) {
        return new Comparison(before, now, now.map(result -> verdict(before, result, tolerance)).orElse(Verdict.MISSING));
    }

    private static Verdict verdict(Result before, Result now, double tolerance) {
        final double times = now.metric().advantage(now.value(), before.value());
        if (overlap(before.figures().orElseThrow(), now.figures().orElseThrow())) {
            return Verdict.SAME;
        }
        if (times < 1 / (1 + tolerance)) {
            return Verdict.WORSE;
        }
        return times > 1 + tolerance ? Verdict.BETTER : Verdict.SAME;
    }

    private static boolean overlap(Spread one, Spread other) {
        return one.least() <= other.most() && other.least() <= one.most();
    }

    /// {@return a line for eyes}
    String line() {
        return "%s %s: %s %s, before %s".formatted(
                verdict.text,
                cell(),
                now.map(Comparison::figures).orElse("not measured"),
                before.unit(),
                figures(before));
    }

    private String cell() {
        final StringBuilder cell = new StringBuilder(before.workload() + " " + before.contestant());
        before.size().ifPresent(bytes -> cell.append(", ").append(Figures.bytes(bytes)).append(" bytes"));
        before.threads().ifPresent(count -> cell.append(", ").append(count).append(count == 1 ? " thread" : " threads"));
        return cell.append(", ").append(before.metric().text()).toString();
    }

    private static String figures(Result result) {
        final Spread spread = result.figures().orElseThrow();
        return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", spread.median(), spread.least(), spread.most());
    }
}
