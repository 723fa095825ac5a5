package io.offheap.bench.result;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads what benchmarks have written.
public final class ResultFiles {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SUFFIX = ".json";

    private ResultFiles() {}

    /// {@return the files of figures in a folder, in the order of their names; not those that tell of a run ([RunFacts])}
    ///
    /// @throws IOException if the folder cannot be read
    public static List<Path> in(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX) && !RunFacts.isAbout(file))
                    .sorted()
                    .toList();
        }
    }

    /// {@return the results in a file, in its order} Rows of metrics that are not compared are left out.
    ///
    /// @throws IOException if it cannot be read, or is not what a benchmark writes; the message names file and row
    public static List<Result> read(Path file) throws IOException {
        final JsonNode rows = tree(file);
        if (!rows.isArray()) {
            throw new IOException(file + " is not an array of figures");
        }
        final List<Result> results = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            try {
                result(rows.get(row)).ifPresent(results::add);
            } catch (IllegalArgumentException wrong) {
                throw new IOException("%s, row %d: %s".formatted(file, row + 1, wrong.getMessage()), wrong);
            }
        }
        return results;
    }

    /// {@return the JSON in a file}
    static JsonNode tree(Path file) throws IOException {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JacksonException wrong) {
            throw new IOException(file + " is no JSON: " + wrong.getOriginalMessage(), wrong);
        }
    }

    private static Optional<Result> result(JsonNode row) {
        final Optional<Metric> metric = Metric.named(text(row, "metric"));
        if (metric.isEmpty()) {
            return Optional.empty();
        }
        final Result.Builder result = Result.of(text(row, "workload"), text(row, "contestant"), metric.get())
                .unit(text(row, "unit"))
                .mode(row.path("mode").asText())
                .outcome(row.path("outcome").asText())
                .note(row.path("note").asText());
        if (row.has("threads")) {
            result.threads(row.get("threads").asInt());
        }
        if (row.has("size")) {
            result.size(row.get("size").asLong());
        }
        if (row.has("at")) {
            result.at(row.get("at").asText());
        }
        if (row.has("value")) {
            final double value = number(row, "value");
            final Spread spread = new Spread(
                    value, row.has("min") ? number(row, "min") : value, row.has("max") ? number(row, "max") : value);
            result.figures(spread, row.path("runs").asInt(1));
        }
        return Optional.of(result.build());
    }

    private static String text(JsonNode row, String field) {
        if (!row.path(field).isTextual()) {
            throw new IllegalArgumentException("no text in '" + field + "': " + row);
        }
        return row.get(field).asText();
    }

    private static double number(JsonNode row, String field) {
        if (!row.get(field).isNumber()) {
            throw new IllegalArgumentException("no number in '" + field + "': " + row);
        }
        return row.get(field).asDouble();
    }
}
