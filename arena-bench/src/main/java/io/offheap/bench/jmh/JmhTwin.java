package io.offheap.bench.jmh;

import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs [AllocateFree] for contestants of `bench latency`, with the same flags on the same kind of thread, so that
/// the two harnesses can be held against each other.
public final class JmhTwin {

    /// The workload of what is measured here.
    public static final String WORKLOAD = "latency-jmh";

    private static final String[] NETTY_FLAGS = {
        "-Djmh.executor=CUSTOM", "-Djmh.executor.class=" + NettyThreads.class.getName()
    };

    private JmhTwin() {}

    /// {@return whether JMH can run a contestant: it cannot set the environment of its forks}
    public static boolean canRun(Setup setup) {
        return setup.environment().isEmpty();
    }

    /// {@return elapsed and CPU time; the medians are over JMH's iterations}
    ///
    /// @throws IllegalStateException if JMH fails
    public static List<Result> run(Setup setup, long sizeBytes) {
        final List<String> flags = new ArrayList<>(setup.jvmFlags());
        if (setup.name().startsWith("netty")) {
            flags.addAll(List.of(NETTY_FLAGS));
        }
        final Options options = new OptionsBuilder()
                .include(AllocateFree.class.getName() + ".touch")
                .param("contestant", setup.name())
                .param("size", Long.toString(sizeBytes))
                .jvmArgs(flags.toArray(String[]::new))
                .addProfiler(CpuProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .build();
        try {
            final List<IterationResult> iterations = iterations(new Runner(options).run());
            return List.of(
                    result(setup, sizeBytes, Metric.TIME, iterations, IterationResult::getPrimaryResult),
                    result(setup, sizeBytes, Metric.CPU, iterations, iteration -> iteration
                            .getSecondaryResults()
                            .get(CpuProfiler.LABEL)));
        } catch (RunnerException failed) {
            throw new IllegalStateException("JMH failed for " + setup.name(), failed);
        }
    }

    private static Result result(
            Setup setup,
            long sizeBytes,
            Metric metric,
            List<IterationResult> iterations,
            Function<IterationResult, org.openjdk.jmh.results.Result<?>> figure) {
        return Result.of(WORKLOAD, setup.name(), metric)
                .threads(1)
                .size(sizeBytes)
                .mode(setup.mode())
                .figures(
                        Spread.of(iterations.stream()
                                .mapToDouble(iteration -> figure.apply(iteration).getScore())),
                        iterations.size())
                .build();
    }

    private static List<IterationResult> iterations(Collection<RunResult> runs) {
        return runs.stream()
                .flatMap(run -> run.getBenchmarkResults().stream())
                .map(BenchmarkResult::getIterationResults)
                .flatMap(Collection::stream)
                .toList();
    }
}
