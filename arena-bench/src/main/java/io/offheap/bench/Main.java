package io.offheap.bench;

import io.offheap.bench.demo.DemoCommand;
import io.offheap.bench.suite.ReportCommand;
import io.offheap.bench.vectors.VectorsCommand;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Where `./arena` enters: chooses the command.
@Command(
        name = "arena",
        description = "Runs the demo and the benchmarks of Offheap Arena.",
        subcommands = {DemoCommand.class, BenchCommand.class, ReportCommand.class, VectorsCommand.class, Main.Jmh.class})
public final class Main implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    /// For picocli.
    public Main() {}

    /// Runs a command and ends the JVM with its exit code: 0, 1 when what was run failed, 2 for a command
    /// line that cannot be understood.
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /// {@return the command line of `./arena`}
    static CommandLine commandLine() {
        final CommandLine commandLine = new CommandLine(new Main());
        commandLine
                .getSubcommands()
                .get("jmh")
                .setUnmatchedOptionsArePositionalParams(true)
                .setStopAtPositional(true);
        return commandLine.setExecutionExceptionHandler(Main::complain);
    }

    /// A file that cannot be read or written is told in a line, all else with the place in the program.
    private static int complain(Exception problem, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
        if (problem instanceof IOException) {
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + problem);
            return command.getCommandSpec().exitCodeOnExecutionException();
        }
        throw problem;
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
    }

    /// `./arena jmh`: the JMH runner itself.
    @Command(name = "jmh", description = "Runs JMH with ARGS; -h lists what it understands.")
    static final class Jmh implements Callable<Integer> {

        @Parameters(paramLabel = "ARGS", arity = "0..*", description = "Passed on as they are.")
        private List<String> arguments = List.of();

        @Override
        public Integer call() throws Exception {
            org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
            return CommandLine.ExitCode.OK;
        }
    }
}
