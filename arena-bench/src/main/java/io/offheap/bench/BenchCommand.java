package io.offheap.bench;

import io.offheap.bench.burst.BurstCommand;
import io.offheap.bench.classic.ClassicCommand;
import io.offheap.bench.cprogram.NativeCommand;
import io.offheap.bench.crossthread.CrossThreadCommand;
import io.offheap.bench.demo.EbizzyCommand;
import io.offheap.bench.latency.LatencyCommand;
import io.offheap.bench.mixed.MixedCommand;
import io.offheap.bench.purge.PurgeCommand;
import io.offheap.bench.suite.AllCommand;
import io.offheap.bench.suite.RegressCommand;
import io.offheap.bench.survive.SurviveCommand;
import io.offheap.bench.vm.VmCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./arena bench`: chooses the benchmark. Each is a subclass of [io.offheap.bench.command.BenchmarkCommand] in
/// a package of its own, listed here.
@Command(
        name = "bench",
        description = "Runs one benchmark; all take --json FILE and --quick.",
        subcommands = {
            LatencyCommand.class,
            MixedCommand.class,
            CrossThreadCommand.class,
            ClassicCommand.class,
            EbizzyCommand.class,
            SurviveCommand.class,
            BurstCommand.class,
            PurgeCommand.class,
            VmCommand.class,
            NativeCommand.class,
            RegressCommand.class,
            AllCommand.class
        })
final class BenchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    /// For picocli.
    BenchCommand() {}

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "which benchmark? " + String.join(", ", spec.subcommands().keySet()));
    }
}
