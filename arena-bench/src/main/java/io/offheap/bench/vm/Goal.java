package io.offheap.bench.vm;

import io.offheap.bench.report.Table;
import java.util.List;
import java.util.Locale;

/// A figure that address spaces set out to reach, and what came of it.
///
/// @param what     was measured
/// @param measured the figure
/// @param reach    what it is held against
/// @param dream    what would be better still
/// @param unit     of all three
/// @param isLeast  whether more is better
record Goal(String what, double measured, double reach, double dream, String unit, boolean isLeast) {

    /// {@return a goal for which less is better}
    static Goal atMost(String what, double measured, double reach, double dream, String unit) {
        return new Goal(what, measured, reach, dream, unit, false);
    }

    /// {@return a goal for which more is better}
    static Goal atLeast(String what, double measured, double reach, double dream, String unit) {
        return new Goal(what, measured, reach, dream, unit, true);
    }

    /// {@return whether the figure is reached}
    boolean isMet() {
        return isLeast ? measured >= reach : measured <= reach;
    }

    /// {@return the goals for eyes}
    static String text(List<Goal> goals) {
        final Table table = new Table("goal", "measured", "reach", "dream", "");
        goals.forEach(goal -> table.row(
                goal.what,
                goal.text(goal.measured),
                (goal.isLeast ? ">= " : "<= ") + goal.text(goal.reach),
                goal.text(goal.dream),
                goal.isMet() ? "ok" : "MISS"));
        return table.text();
    }

    private String text(double figure) {
        return String.format(Locale.ROOT, figure < 10 ? "%.2f %s" : "%.0f %s", figure, unit);
    }
}
