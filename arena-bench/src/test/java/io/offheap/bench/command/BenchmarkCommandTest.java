package io.offheap.bench.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.RunFacts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class BenchmarkCommandTest {

    private final StringWriter errors = new StringWriter();

    @Test
    void figuresAreWrittenAsJson(@TempDir Path folder) throws Exception {
        final Path file = folder.resolve("new/figures.json");
        assertEquals(CommandLine.ExitCode.OK, execute(new Fixed(true), "--quick", "--json", file.toString()));
        assertEquals(
                """
                [
                  {"workload":"quick","contestant":"none","metric":"time","unit":"ns/op","value":5,"min":5,"max":5,"runs":1}
                ]
                """,
                Files.readString(file));
    }

    @Test
    void aResultWithoutAFigureFailsTheCommandAndIsStillWritten(@TempDir Path folder) throws Exception {
        final Path file = folder.resolve("figures.json");
        assertEquals(1, execute(new Fixed(false), "--json", file.toString()));
        assertTrue(Files.readString(file).contains("\"outcome\":\"failed\""));
    }

    @Test
    void whatWasKeptIsWrittenWhenTheRestFails(@TempDir Path folder) throws Exception {
        final Path file = folder.resolve("figures.json");
        assertEquals(1, execute(new Broken(), "--json", file.toString()));
        final String json = Files.readString(file);
        assertTrue(json.contains("\"workload\":\"first\""), json);
        assertTrue(
                json.contains("\"workload\":\"broken\",\"contestant\":\"everyone\"")
                        && json.contains("\"outcome\":\"failed\"") && json.contains("no memory for the second"),
                json);
        assertEquals("42", RunFacts.read(file).get("seed"));
        assertTrue(errors.toString().contains("no memory for the second"), errors::toString);
    }

    @Test
    void aFolderIsNoFileForJsonAndNothingIsMeasured(@TempDir Path folder) {
        final Fixed benchmark = new Fixed(true);
        assertEquals(CommandLine.ExitCode.USAGE, execute(benchmark, "--json", folder.toString()));
        assertTrue(errors.toString().contains("is a folder"), errors::toString);
        assertFalse(benchmark.measured);
    }

    private int execute(BenchmarkCommand command, String... arguments) {
        return new CommandLine(command).setErr(new PrintWriter(errors, true)).execute(arguments);
    }

    /// Its second part cannot be measured.
    @Command(name = "broken")
    static final class Broken extends BenchmarkCommand {

        @Override
        protected Optional<String> seed() {
            return Optional.of("42");
        }

        @Override
        protected List<Result> measure(ProgressBar progress) throws IOException {
            keep(List.of(Result.of("first", "none", Metric.TIME).figure(5).build()));
            throw new IllegalStateException("no memory for the second");
        }
    }

    @Command(name = "fixed")
    static final class Fixed extends BenchmarkCommand {

        private final boolean good;
        private boolean measured;

        Fixed(boolean good) {
            this.good = good;
        }

        @Override
        protected List<Result> measure(ProgressBar progress) {
            measured = true;
            final Result.Builder result = Result.of(isQuick() ? "quick" : "full", "none", Metric.TIME);
            return List.of(good ? result.figure(5).build() : result.outcome("failed").build());
        }
    }
}
