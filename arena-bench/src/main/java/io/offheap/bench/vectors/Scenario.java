package io.offheap.bench.vectors;

import java.util.ArrayList;
import java.util.List;

/// One line of a scenario file: `id|source|title|op; op => expected; ...`.
///
/// @param id    its name
/// @param title what it shows
/// @param steps what to do, in order
record Scenario(String id, String title, List<Step> steps) {

    private static final int FIELDS = 4;
    private static final String ARROW = "=>";

    /// One operation.
    ///
    /// @param op       as written
    /// @param expected the answer, or null if any answer will do that is no error
    record Step(String op, String expected) {}

    /// {@return whether a line is a scenario, not a comment or empty}
    static boolean isScenario(String line) {
        return !line.isBlank() && !line.stripLeading().startsWith("#");
    }

    /// {@return the scenario of a line}
    ///
    /// @throws IllegalArgumentException if it has not four fields
    static Scenario parse(String line) {
        final var fields = line.split("\\|", FIELDS);
        if (fields.length < FIELDS) {
            throw new IllegalArgumentException("not 'id|source|title|ops': " + line);
        }
        final List<Step> steps = new ArrayList<>();
        for (final var text : fields[FIELDS - 1].split(";")) {
            if (text.isBlank()) {
                continue;
            }
            final int arrow = text.indexOf(ARROW);
            steps.add(arrow < 0 ? new Step(text.strip(), null)
                    : new Step(text.substring(0, arrow).strip(), words(text.substring(arrow + ARROW.length()))));
        }
        return new Scenario(fields[0].strip(), fields[2].strip(), steps);
    }

    /// {@return the words of an answer, one space apart}
    private static String words(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }
}
