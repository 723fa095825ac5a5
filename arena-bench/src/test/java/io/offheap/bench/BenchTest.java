package io.offheap.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.cprogram.Compilers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// Every benchmark command, very short: tables, JSON, exit code.
class BenchTest {

    private static final String TINY = " --contestants offheap-address,ffm-malloc --rounds 1 --warm-up 5 --slice 5";

    /// A row as all benchmarks write it; the fields in between are those that apply.
    private static final Pattern ROW = Pattern.compile(" {2}\\{\"workload\":\"[a-z0-9-]+\",\"contestant\":\"[a-z-]+\","
            + "\"threads\":\\d+,(\"size\":\\d+,)?\"metric\":\"(time|cpu|resident|peak)\",\"unit\":\"(ns/op|MiB)\","
            + "\"value\":[-0-9.E]+,\"min\":[-0-9.E]+,\"max\":[-0-9.E]+,\"runs\":1(,\"at\":\"\\d+\")?(,\"mode\":\"[^\"]+\")?"
            + "(,\"note\":\"[^\"]+\")?},?");

    private final StringWriter errors = new StringWriter();
    private String printed = "";

    @Test
    void latency(@TempDir Path folder) throws Exception {
        final List<String> rows = rows(folder, "latency --sizes 64 --threads 1,2" + TINY);
        assertEquals(2 * 3 * 4 + 2, rows.size(), "three figures a cell, and memory over time where a hundred blocks are live");
        assertEquals(2 * 4, rows.stream().filter(row -> row.contains("\"peak\"")).count());
        assertTrue(printed.contains("to reach: offheap-address"), printed);
        assertTrue(printed.contains("best peer / offheap-address"), printed);
    }

    @Test
    void mixed(@TempDir Path folder) throws Exception {
        final List<String> rows = rows(folder, "mixed --threads 1" + TINY);
        assertEquals(2 * 2 * (2 + 2) + 2, rows.size());
        assertTrue(printed.contains("seed: 1 for sizes, 0x9e37"), printed);
        assertTrue(rows.stream().anyMatch(row -> row.contains("mixed-200k") && row.contains("resident")), printed);
        assertTrue(rows.stream().noneMatch(row -> row.contains("control")), printed);
    }

    @Test
    void crossthread(@TempDir Path folder) throws Exception {
        assertEquals(2 * (2 + 2) * 4, rows(folder, "crossthread" + TINY).size());
    }

    @Test
    void classic(@TempDir Path folder) throws Exception {
        final List<String> rows = rows(folder, "classic --workload larson,cachescratch --threads 2 --seed 7" + TINY);
        assertEquals(2 * 2 * (2 + 2), rows.size());
        assertTrue(printed.contains("seed: 7") && printed.contains("offheap-address: Java "), printed);
        assertTrue(rows.stream().anyMatch(row -> row.contains("\"peak\"") && row.contains("without an allocator")), printed);
        assertTrue(rows.stream().noneMatch(row -> row.contains("control")), printed);
    }

    @Test
    void inC(@TempDir Path folder) throws Exception {
        Compilers.assumeNoneOrWorking();
        final List<String> rows = rows(folder, "native --quick --workloads latency --rounds 1 --warm-up 1 --slice 2");
        assertTrue(
                rows.stream().anyMatch(row -> row.contains("c-glibc")) && printed.contains("seed: 0x9e37") || printed.contains("needs a C compiler"), printed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    latency --contestants nobody | no contestant 'nobody' here; there are offheap-address
                    latency --sizes 7            | --sizes must be 8 to 1073741824 bytes, not 7
                    latency --sizes many         | many
                    latency --threads 0          | --threads must be 1 or more, not 0
                    latency --rounds 0           | rounds must be 1 to 1000, not 0
                    latency --slice 0            | a slice must be 1 to 60000 ms, not 0
                    latency --warm-up -1         | warm-up must be 0 to 60000 ms, not -1
                    latency --json               | --json
                    latency --nothing            | --nothing
                    classic --workload ebizzy    | no workload 'ebizzy'; there are larson
                    classic --workload xmalloc --threads 1 | nothing to measure with these options
                    mixed --threads 3            | nothing to measure with these options
                    crossthread --threads 1      | nothing to measure with these options
                    native --workloads ebizzy    | no workload 'ebizzy'; there are latency
                    native --slice 0             | a slice must be 1 to 60000 ms, not 0
                    """)
    void whatCannotBeUnderstoodIsNamedAndEndsWithTwo(String line, String message) {
        assertEquals(CommandLine.ExitCode.USAGE, execute("bench " + line));
        assertTrue(errors.toString().contains(message), errors::toString);
    }

    /// Runs a benchmark and checks every row of its JSON.
    private List<String> rows(Path folder, String line) throws Exception {
        final Path json = folder.resolve("figures.json");
        final ByteArrayOutputStream output = new ByteArrayOutputStream();
        final PrintStream out = System.out;
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        try {
            assertEquals(CommandLine.ExitCode.OK, execute("bench " + line + " --json " + json), errors::toString);
        } finally {
            System.setOut(out);
        }
        printed = output.toString(StandardCharsets.UTF_8);
        final List<String> lines = Files.readString(json).lines().toList();
        assertEquals("[", lines.getFirst());
        assertEquals("]", lines.getLast());
        final List<String> rows = lines.subList(1, lines.size() - 1);
        rows.forEach(row -> assertTrue(ROW.matcher(row).matches(), row));
        return rows;
    }

    private int execute(String line) {
        final String[] arguments = Arrays.stream(line.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new);
        return Main.commandLine().setErr(new PrintWriter(errors, true)).execute(arguments);
    }
}
