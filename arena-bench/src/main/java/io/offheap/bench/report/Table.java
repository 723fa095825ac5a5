package io.offheap.bench.report;

import java.util.ArrayList;
import java.util.List;

/// A table of text: the first column reads from the left, the others line up at the right.
public final class Table {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /// A table with these headings.
    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    /// Adds a row.
    ///
    /// @throws IllegalArgumentException if it has not as many cells as there are headings
    public Table row(String... cells) {
        if (cells.length != headings().size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + headings().size() + " headings");
        }
        rows.add(List.of(cells));
        return this;
    }

    /// {@return the headings}
    public List<String> headings() {
        return rows.getFirst();
    }

    /// {@return the rows, without the headings}
    public List<List<String>> body() {
        return List.copyOf(rows.subList(1, rows.size()));
    }

    /// {@return the lines of the table, with a rule under the headings}
    public String text() {
        final StringBuilder text = new StringBuilder();
        append(text, headings());
        append(text, headings().stream().map(String::length).map("-"::repeat).toList());
        body().forEach(row -> append(text, row));
        return text.toString();
    }

    private void append(StringBuilder text, List<String> row) {
        final StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            final String padding = " ".repeat(width(column) - row.get(column).length());
            line.append(column == 0 ? "" : GAP);
            line.append(column == 0 ? row.get(column) + padding : padding + row.get(column));
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
}
