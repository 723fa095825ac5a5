package io.offheap.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class MainTest {

    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                                  | which command?
                    dmeo                                | dmeo
                    bench                               | which benchmark?
                    bench nothing                       | nothing
                    demo --nothing                      | --nothing
                    demo -S 0                           | seconds must be above 0
                    demo -S NaN                         | seconds must be above 0
                    demo -S much                        | much
                    demo -t 0                           | threads must be 1 or more, not 0
                    demo --threads 0                    | threads must be 1 or more, not 0
                    demo --chunks 0                     | chunks must be 1 or more, not 0
                    demo --random-size --chunk-size 4   | chunk bytes must be a multiple of 8 below 2 GiB, not 4
                    demo --seconds 0                    | seconds must be above 0
                    demo -n -1                          | chunks must be 1 or more, not -1
                    demo -s 12                          | chunk bytes must be a multiple of 8 below 2 GiB, not 12
                    demo -s 0                           | chunk bytes must be a multiple of 8 below 2 GiB, not 0
                    demo --budget -5                    | --budget must not be negative: -5
                    demo --idle -1                      | idle bytes must not be negative
                    demo --contestants ffm-malloc,none  | no contestant 'none'; there are
                    demo --json /dev/null               | --json needs a file that can be written
                    demo --html /proc/none/demo.html    | --html cannot be written
                    bench purge --json /proc/none/x.json | --json cannot be written
                    bench all --out /dev/null           | --out cannot be written
                    bench regress --against /proc/none  | cannot read /proc/none
                    bench regress --figures /proc/none  | cannot read /proc/none
                    report /proc/none                   | /proc/none is no folder
                    """)
    void whatCannotBeUnderstoodIsNamedAndEndsWithTwo(String line, String message) {
        final String[] arguments = Arrays.stream(line.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new);
        assertEquals(CommandLine.ExitCode.USAGE, execute(arguments));
        assertTrue(errors.toString().contains(message), errors::toString);
    }

    @Test
    void demoWritesFiguresAndReport(@TempDir Path folder) throws Exception {
        final Path json = folder.resolve("new/demo.json");
        final Path html = folder.resolve("demo.html");
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        final PrintStream out = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            final int code = execute(
                    "demo", "-S", "0.3", "-t", "2", "-R", "--contestants", "jdk-confined",
                    "--json", json.toString(), "--html", html.toString());
            assertEquals(CommandLine.ExitCode.OK, code, errors::toString);
        } finally {
            System.setOut(out);
        }
        final String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("jdk-confined") && text.contains(html.toString()), text);
        assertTrue(Files.readString(json).contains("\"metric\":\"throughput\""), () -> text);
        assertTrue(Files.readString(json).contains("\"workload\":\"ebizzy-pressure\""), () -> text);
        assertTrue(Files.readString(html).contains("<polyline"), () -> text);
    }

    @Test
    void aFileThatCannotBeReadIsNamedInALine(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("figures.json"), "[{]");
        assertEquals(CommandLine.ExitCode.SOFTWARE, execute("report", folder.toString()));
        assertTrue(errors.toString().startsWith("arena report: ") && errors.toString().contains("is no JSON"), errors::toString);
        assertEquals(1, errors.toString().lines().count(), errors::toString);
    }

    private int execute(String... arguments) {
        return Main.commandLine().setErr(new PrintWriter(errors, true)).execute(arguments);
    }
}
