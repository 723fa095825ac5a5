package io.offheap.bench.demo;

import java.util.Optional;
import picocli.CommandLine.Option;

/// The parameters of ebizzy, with the letters that the historic program has for them, and some more. For picocli's
/// `@Mixin`.
final class WorkloadOptions {

    @Option(
            names = {"-S", "--seconds"},
            paramLabel = "SECONDS",
            description = "Time measured for each run; default 1.5 in the demo, 10 in the benchmark, 1 with --quick.")
    private Optional<Double> seconds = Optional.empty();

    @Option(names = {"-t", "--threads"}, paramLabel = "THREADS", description = "Threads; default two for each CPU.")
    private int threads = 2 * Runtime.getRuntime().availableProcessors();

    @Option(names = {"-n", "--chunks"}, paramLabel = "CHUNKS", description = "Chunks to copy from; default ${DEFAULT-VALUE}.")
    private int chunks = 10;

    @Option(
            names = {"-s", "--chunk-size"},
            paramLabel = "BYTES",
            description = "Size of a chunk, a multiple of 8; default ${DEFAULT-VALUE}.")
    private long chunkBytes = 512 << 10;

    @Option(names = {"-R", "--random-size"}, description = "Copy a random number of records each time, not whole chunks.")
    private boolean randomSizes;

    @Option(
            names = "--stock-rng",
            description = "Use the random generator of ebizzy 0.3, which never leaves zero, not an honest one.")
    private boolean stockGenerator;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the honest generator; default ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--budget",
            paramLabel = "MIB",
            description = "What a contestant and the process that presses may have resident together; "
                    + "default what they need and 96 MiB.")
    private long budgetMib;

    @Option(
            names = "--idle",
            paramLabel = "MIB",
            description = "Memory that was in use and freed before the clock starts; default ${DEFAULT-VALUE}.")
    private long idleMib = 64;

    /// {@return the workload that was asked for}
    ///
    /// @param usualSeconds how long is measured unless `-S` says otherwise
    /// @throws IllegalArgumentException naming what cannot be
    Workload workload(double usualSeconds) {
        if (budgetMib < 0) {
            throw new IllegalArgumentException("--budget must not be negative: " + budgetMib);
        }
        return new Workload(
                threads,
                chunks,
                chunkBytes,
                randomSizes,
                stockGenerator,
                seed,
                seconds.orElse(usualSeconds),
                idleMib << 20);
    }

    /// {@return what a contestant and the process that presses may have resident together}
    Budget budget() {
        return new Budget(budgetMib << 20);
    }
}
