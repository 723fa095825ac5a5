package io.offheap.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.RunFacts;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The suite, with benchmarks that take no time.
class AllTest {

    private final StringWriter errors = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void figuresFactsAndReportAreWritten() throws Exception {
        final Path out = folder.resolve("new");
        assertEquals(0, execute("all", "--quick", "--only", "first", "--no-pictures", "--out", out.toString()), errors::toString);
        final Map<String, String> facts = RunFacts.read(out.resolve("first.json"));
        assertEquals("./bench first --json " + out + "/first.json --quick", facts.get(RunFacts.COMMAND));
        assertTrue(facts.containsKey("JDK") && facts.containsKey("load before") && facts.containsKey("processor"), facts::toString);
        final String html = Files.readString(out.resolve("report.html"));
        assertTrue(html.contains("first") && html.contains("./bench first --json"), html);
        assertTrue(Files.notExists(out.resolve("second.json")));
    }

    @Test
    void oneThatFailsDoesNotKeepTheOthersFromRunning() throws Exception {
        assertEquals(1, execute("all", "--no-pictures", "--out", folder.toString()));
        assertTrue(Files.exists(folder.resolve("first.json")) && Files.exists(folder.resolve("second.json")));
        assertTrue(Files.readString(folder.resolve("report.html")).contains("second"));
    }

    @Test
    void aBenchmarkThatIsNoneIsNamedBeforeAnythingRuns() {
        assertEquals(2, execute("all", "--only", "nothing", "--out", folder.resolve("new").toString()));
        assertTrue(errors.toString().contains("no benchmark 'nothing'; there are first, second"), errors::toString);
        assertTrue(Files.notExists(folder.resolve("new")));
    }

    private int execute(String... arguments) {
        return new CommandLine(new Bench()).setErr(new PrintWriter(errors, true)).execute(arguments);
    }

    @Command(name = "bench", subcommands = {First.class, Second.class, AllCommand.class})
    static final class Bench {}

    /// Its full form fails.
    @Command(name = "first")
    static final class First extends BenchmarkCommand {

        @Override
        protected List<Result> measure(ProgressBar progress) {
            final Result.Builder result = Result.of("first", "offheap-address", Metric.TIME);
            return List.of(isQuick() ? result.figure(1).build() : result.outcome("failed").build());
        }
    }

    @Command(name = "second")
    static final class Second extends BenchmarkCommand {

        @Override
        protected List<Result> measure(ProgressBar progress) {
            return List.of(Result.of("second", "offheap-address", Metric.TIME).figure(2).build());
        }
    }
}
