package io.offheap.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.limit.Groups;
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

/// The commands of the memory benchmarks, very short: tables, JSON, exit code.
class MemoryBenchTest {

    /// A row as all benchmarks write it; the fields in between are those that apply.
    private static final Pattern ROW = Pattern.compile(" {2}\\{\"workload\":\"[a-z0-9-]+\",\"contestant\":\"[a-z-]+\","
            + "\"threads\":\\d+,(\"size\":\\d+,)?\"metric\":\"(time|cpu|throughput|resident|peak|purged|survived)\","
            + "\"unit\":\"(s|1|ns/op|MiB|bytes/s|records/s|writes/s)\","
            + "(\"value\":[-0-9.E]+,\"min\":[-0-9.E]+,\"max\":[-0-9.E]+,\"runs\":\\d+)?(,?\"at\":\"[a-z0-9-]+\")?"
            + "(,\"mode\":\"[^\"]+\")?(,\"outcome\":\"[a-z-]+\")?(,\"note\":\"[^\"]+\")?},?");

    /// Memory is to have given way within a second, in which a busy machine may not have given the process a processor.
    private static final int BURSTS = 5;

    private final StringWriter errors = new StringWriter();
    private String printed = "";

    @Test
    void survive(@TempDir Path folder) throws Exception {
        Groups.assume();
        final List<String> rows = rows(
                folder,
                "survive --quick --contestants offheap-address --limit 256 --phase 64 --runs 1 --workloads survive");
        assertEquals(2 * 4, rows.size());
        assertTrue(
                rows.stream().anyMatch(row -> row.contains("\"metric\":\"survived\"") && row.contains("\"value\":1,")
                        && row.contains("\"outcome\":\"survived\"") && row.contains("failcnt")
                        && row.contains(" MiB of its own resident at most")),
                rows::toString);
        assertTrue(printed.contains("control group v") && printed.contains("ok    survive"), printed);
    }

    @Test
    void burst(@TempDir Path folder) throws Exception {
        final String line = "burst --burst 32 --sizes 65536 --seconds 0 --contestants offheap-address,ffm-malloc";
        List<String> rows = rows(folder, line);
        for (int more = 1; more < BURSTS && !printed.contains("had given way after "); more++) {
            rows = rows(folder, line);
        }
        assertEquals(2 * 4, rows.size());
        for (String moment : List.of("full", "t0", "pressure", "purge")) {
            assertEquals(2, rows.stream().filter(row -> row.contains("\"at\":\"" + moment + "\"")).count(), moment);
        }
        assertTrue(
                rows.stream().anyMatch(row -> row.contains("ffm-malloc") && row.contains("no call that would tell")),
                String.valueOf(rows));
        assertTrue(printed.contains("ok    blocks of 65536 bytes, pressure"), printed);
        assertTrue(printed.contains("had given way after "), printed);
        assertTrue(printed.contains("ok    blocks of 65536 bytes, purge"), printed);
    }

    @Test
    void purge(@TempDir Path folder) throws Exception {
        final List<String> rows = rows(folder, "purge --bytes 8 --rounds 1");
        final boolean isWithHuge = rows.stream().anyMatch(row -> row.contains("\"purge-huge\""));
        assertEquals(isWithHuge ? 8 : 6, rows.size());
        assertTrue(isWithHuge || printed.contains("huge pages are not measured: "), printed);
        assertTrue(printed.contains("x madvise"), printed);
    }

    /// A goal for each figure, and for each comparison a row of elapsed and of CPU time for each contestant.
    @Test
    void vm(@TempDir Path folder) throws Exception {
        final List<String> rows =
                rows(folder, "vm --access 1 --large 4 --touch 2 --rounds 2 --warm-up 0 --life 20");
        for (String workload : List.of("get", "put", "read", "fork-touch", "first-write")) {
            assertEquals(4, count(rows, "\"vm-" + workload + "\""), workload);
        }
        assertEquals(4, count(rows, "\"vm-mark\""), "one page and all");
        assertEquals(4, count(rows, "\"vm-fork\",\"contestant\":\"offheap-space\""), "large and small");
        assertEquals(2, count(rows, "\"vm-fork-written\",\"contestant\":\"offheap-space\""));
        assertEquals(2, count(rows, "\"vm-worst-first-write\",\"contestant\":\"offheap-space\""));
        assertEquals(1, count(rows, "\"vm-bookkeeping\""));
        assertEquals(2, count(rows, "writes/s"), "with and without a snapshot");
        for (String goal : List.of(
                "random getLong, against MemorySegment.get",
                "random putLong",
                "bulk copy, against MemorySegment.copy",
                "mark and unmark 1 page",
                "mark and unmark 256 pages",
                "fork of 4 MiB",
                "first write after a fork, nodes private",
                "worst first write after a fork",
                "fork and touch every page, against a copy",
                "page table and frames, of mapped bytes",
                "writes lost to a snapshot of 4 MiB")) {
            assertTrue(printed.lines().anyMatch(line -> line.startsWith(goal) && line.matches(".*[<>]= .* (ok|MISS)")),
                    () -> goal + " in " + printed);
        }
    }

    private static long count(List<String> rows, String part) {
        return rows.stream().filter(row -> row.contains(part)).count();
    }

    @Test
    void ebizzy(@TempDir Path folder) throws Exception {
        final List<String> rows = rows(
                folder, "ebizzy -S 0.3 -t 2 -n 3 -s 65536 -R --stock-rng --idle 4 -c offheap-address,netty-pooled");
        assertTrue(
                rows.stream().anyMatch(row ->
                        row.contains("\"workload\":\"ebizzy-pressure\",\"contestant\":\"netty-pooled\"")
                                && row.contains("records/s")),
                rows::toString);
        assertTrue(printed.lines().noneMatch(line -> line.startsWith("seed")), "the stock generator has none");
        assertTrue(rows.stream().anyMatch(row -> row.contains("random sizes; stock generator")), rows::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    survive --contestants nobody    | no contestant 'nobody' here; there are offheap-address
                    survive --workloads nothing     | no workload 'nothing'; there are survive, survive-all-freed
                    survive --threads 0             | threads must be 1 or more, not 0
                    survive --runs 0                | --runs must be 1 or more, not 0
                    survive --our-runs 0            | --our-runs must be 1 or more, not 0
                    survive --limit 10              | --limit must be 64 to 1048576 MiB, not 10
                    survive --phase 0               | --phase must be 1 to 1048576 MiB, not 0
                    survive --phase 1 --threads 2   | has no block of 1048576 bytes for each of 2 threads
                    survive --limit much            | much
                    burst --contestants nobody      | no contestant 'nobody' here
                    burst --burst 0                 | --burst must be 1 to 65536 MiB, not 0
                    burst --sizes 0                 | --sizes must be 1 to
                    burst --seconds 5,1             | --seconds must be in ascending order from 0, not [5, 1]
                    burst --at-once 0               | --at-once must be 1 or more, not 0
                    purge --bytes 0                 | --bytes must be 1 to 65536 MiB, not 0
                    purge --rounds 0                | --rounds must be 1 or more, not 0
                    vm --access 3                   | --access must be a power of two, 1 to 65536 MiB, not 3
                    vm --large 0                    | --large must be a power of two, 1 to 65536 MiB, not 0
                    vm --rounds 0                   | --rounds must be 1 or more, not 0
                    vm --life 0                     | --life must be 1 or more, not 0
                    vm --warm-up -1                 | --warm-up must not be negative: -1
                    ebizzy -s 12                    | chunk bytes must be a multiple of 8 below 2 GiB, not 12
                    ebizzy -S 0                     | seconds must be above 0
                    ebizzy -c nobody                | no contestant 'nobody' here
                    ebizzy --workloads nothing      | no workload 'nothing'; there are ebizzy, ebizzy-pressure
                    ebizzy --budget -5              | --budget must not be negative: -5
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
        final String[] arguments =
                Arrays.stream(line.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new);
        return Main.commandLine().setErr(new PrintWriter(errors, true)).execute(arguments);
    }
}
