package io.offheap.bench.vectors;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./arena vectors`: runs scenario files on real address spaces.
@Command(
        name = "vectors",
        description = {
            "Runs scenario files: a line for each that fails, then 'N passed, M failed'.",
            "Exit code 0 if all came true, 1 if not, 2 if a file cannot be read."
        })
public final class VectorsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files of lines 'id|source|title|ops'.")
    private List<Path> files;

    /// For picocli.
    public VectorsCommand() {}

    @Override
    public Integer call() {
        final PrintWriter out = spec.commandLine().getOut();
        final var runner = new ScenarioRunner();
        for (final var file : files) {
            final List<String> lines;
            try {
                lines = Files.readAllLines(file);
            } catch (IOException e) {
                spec.commandLine().getErr().println("arena vectors: cannot read " + file + ": " + e);
                return ExitCode.USAGE;
            }
            lines.stream().filter(Scenario::isScenario).forEach(line -> runner.run(line).ifPresent(out::println));
        }
        out.printf("%d passed, %d failed%n", runner.passed(), runner.failed());
        out.flush();
        return runner.failed() == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }
}
