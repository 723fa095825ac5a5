package io.offheap.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultFilesTest {

    @TempDir
    private Path folder;

    @Test
    void whatWasWrittenIsReadAsItWas() throws Exception {
        final List<Result> results = List.of(
                Result.of("latency", "offheap-address", Metric.TIME)
                        .threads(2)
                        .size(64)
                        .figures(new Spread(5.5, 5, 7), 9)
                        .mode("a \"mode\"")
                        .note("\u00e4")
                        .build(),
                Result.of("burst", "ffm-malloc", Metric.RESIDENT).at("t5").figure(707).build(),
                Result.of("survive", "jdk-auto", Metric.SURVIVED).outcome("oom-killed").build());
        final Path file = folder.resolve("figures.json");
        Files.writeString(file, Json.lines(results.stream().map(Result::row).toList()));
        assertEquals(results, ResultFiles.read(file));
    }

    @Test
    void metricsThatAreNotComparedAreLeftOut() throws Exception {
        final Path file = folder.resolve("demo.json");
        Files.writeString(file, """
                [{"workload":"ebizzy","contestant":"a","metric":"budget","unit":"MiB","value":3},
                 {"workload":"ebizzy","contestant":"a","metric":"throughput","unit":"records/s","value":4}]
                """);
        final List<Result> read = ResultFiles.read(file);
        assertEquals(1, read.size());
        assertEquals(new Spread(4, 4, 4), read.getFirst().figures().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"a":1}                                                                     | not an array
                    [{"workload":"a","contestant":"b"}]                                         | row 1: no text in 'metric'
                    [{"workload":"a","contestant":"b","metric":"time","unit":"s","value":"x"}]  | row 1: no number in 'value'
                    [1,                                                                         | is no JSON
                    """)
    void whatNoBenchmarkWritesIsNamed(String text, String message) throws Exception {
        final Path file = folder.resolve("wrong.json");
        Files.writeString(file, text);
        final IOException thrown = assertThrows(IOException.class, () -> ResultFiles.read(file));
        assertTrue(thrown.getMessage().contains(message) && thrown.getMessage().contains("wrong.json"), thrown::getMessage);
    }

    @Test
    void factsStandBesideTheFiguresAndAreNoFigures() throws Exception {
        final Path file = folder.resolve("latency.json");
        Files.writeString(file, "[]");
        RunFacts.write(file, Map.of("command", "./arena bench latency"));
        assertEquals("./arena bench latency", RunFacts.read(file).get("command"));
        assertEquals(List.of(file), ResultFiles.in(folder));
        assertTrue(RunFacts.read(folder.resolve("other.json")).isEmpty());
    }
}
