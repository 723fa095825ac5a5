package io.offheap.bench.burst;

import io.offheap.bench.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What was seen as a table for each size: resident MiB before the burst, and at each moment.
final class BurstReport {

    private static final double MEBIBYTE = 1 << 20;

    private final List<BurstRun.Seen> runs;

    BurstReport(List<BurstRun.Seen> runs) {
        this.runs = runs;
    }

    /// {@return the tables, with a heading each}
    String text() {
        final StringBuilder text = new StringBuilder();
        for (long size : runs.stream().map(BurstRun.Seen::blockBytes).distinct().toList()) {
            final List<BurstRun.Seen> ofSize =
                    runs.stream().filter(run -> run.blockBytes() == size).toList();
            text.append("burst of %d MiB in blocks of %d bytes, resident MiB%n"
                    .formatted(ofSize.getFirst().bytes() >> 20, size));
            text.append(table(ofSize).text()).append('\n');
        }
        return text.toString();
    }

    private static Table table(List<BurstRun.Seen> ofSize) {
        final List<String> moments =
                ofSize.stream().flatMap(run -> run.at().keySet().stream()).distinct().toList();
        final List<String> headings = new ArrayList<>(List.of("contestant", "before"));
        headings.addAll(moments);
        final Table table = new Table(headings.toArray(String[]::new));
        for (BurstRun.Seen run : ofSize) {
            final List<String> cells = new ArrayList<>(List.of(run.setup().name(), mebibytes(run.beforeBytes())));
            moments.forEach(moment -> cells.add(Optional.ofNullable(run.at().get(moment))
                    .map(BurstReport::mebibytes)
                    .orElseGet(() -> run.failure().map(failed -> failed.outcome()).orElse("-"))));
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f", bytes / MEBIBYTE);
    }
}
