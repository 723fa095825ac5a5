package io.offheap.bench.suite;

import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.report.OutputFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./arena bench all`: every benchmark, one after the other, then the report. One that fails does not keep the others
/// from running.
@Command(
        name = "all",
        sortOptions = false,
        description = "Runs every benchmark, writes its figures to DIR, and makes the report: under 45 minutes, with --quick "
                + "under 8.")
public final class AllCommand implements Callable<Integer> {

    private static final int FAILED = 1;

    /// What comes first; whoever is not here comes after, but for [#OTHERS].
    private static final List<String> ORDER =
            List.of("latency", "mixed", "crossthread", "ebizzy", "survive", "burst", "purge", "classic", "vm", "native");

    /// What is no benchmark of its own.
    private static final List<String> OTHERS = List.of("all", "regress");

    /// In the full form of everything fewer rounds must do for those that have the most cells.
    private static final Map<String, List<String>> SHORTENED = Map.of(
            "latency", List.of("--rounds", "5", "--slice", "40", "--warm-up", "200"),
            "mixed", List.of("--rounds", "5", "--slice", "150", "--warm-up", "500"),
            "crossthread", List.of("--rounds", "5", "--slice", "150", "--warm-up", "500"),
            "classic", List.of("--rounds", "5", "--slice", "100", "--warm-up", "300"),
            "native", List.of("--rounds", "5"),
            "ebizzy", List.of("-S", "4"),
            "survive", List.of("--our-runs", "3", "--peer-threads", "1"));

    /// Who takes part in the short form of what everybody takes part in: one of each way and side.
    private static final List<String> FEW = List.of(
            Contestants.OFFHEAP_ADDRESS,
            Contestants.OFFHEAP_SEGMENT,
            Contestants.OFFHEAP_CONFINED,
            Contestants.OFFHEAP_DIRECT_FREE,
            Contestants.OFFHEAP_NETTY,
            Contestants.FFM_MALLOC,
            "ffm-jemalloc",
            "ffm-mimalloc",
            Contestants.UNSAFE_MALLOC,
            Contestants.NETTY_POOLED,
            Contestants.NETTY_ADAPTIVE,
            Contestants.JDK_CONFINED,
            Contestants.JDK_DIRECT_CLEANER);

    /// In the short form of everything eight minutes must do.
    private static final Map<String, List<String>> SHORT = Map.of(
            "latency", List.of("--quick", "--contestants", few()),
            "mixed", List.of("--quick", "--threads", "1,2", "--contestants", few()),
            "crossthread", List.of("--quick", "--contestants", few()),
            "classic", List.of("--quick", "--contestants", few()));

    /// What has not begun by then runs in its short form: on a machine that does other work everything takes longer.
    private static final long LATEST_FULL_MINUTES = 32;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Where figures and report are written.")
    private Path folder;

    @Option(names = "--quick", description = "The short form of each benchmark.")
    private boolean quick;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "Only these benchmarks.")
    private List<String> only = List.of();

    @Option(
            names = "--no-pictures",
            description = "Leave the report's pictures out, as --quick does without --main-pictures.")
    private boolean withoutPictures;

    @Option(
            names = "--main-pictures",
            paramLabel = "FOLDER",
            description = "Also write the pictures that README.md shows to FOLDER.")
    private Optional<Path> mainPictures = Optional.empty();

    /// For picocli.
    public AllCommand() {}

    @Override
    public Integer call() {
        final List<String> names = names();
        only.stream().filter(name -> !names.contains(name)).findAny().ifPresent(name -> {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "no benchmark '" + name + "'; there are " + String.join(", ", names));
        });
        OutputFile.folderProblem("--out", folder)
                .or(() -> mainPictures.flatMap(pictures -> OutputFile.folderProblem("--main-pictures", pictures)))
                .ifPresent(problem -> {
                    throw new CommandLine.ParameterException(spec.commandLine(), problem);
                });
        final long begun = System.nanoTime();
        final List<String> failed = new ArrayList<>();
        for (String name : names) {
            final boolean isLate = System.nanoTime() - begun > TimeUnit.MINUTES.toNanos(LATEST_FULL_MINUTES);
            if ((only.isEmpty() || only.contains(name)) && run(name, quick || isLate) != CommandLine.ExitCode.OK) {
                failed.add(name);
            }
        }
        final int reported = report();
        System.out.printf("%d minutes%n", TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - begun));
        failed.forEach(name -> System.err.println("FAILED bench " + name + ": see above"));
        return failed.isEmpty() ? reported : FAILED;
    }

    private List<String> names() {
        final List<String> names = new ArrayList<>(ORDER);
        names.retainAll(spec.parent().subcommands().keySet());
        spec.parent().subcommands().forEach((name, command) -> {
            if (!names.contains(name) && !OTHERS.contains(name) && command.getCommand() instanceof BenchmarkCommand) {
                names.add(name);
            }
        });
        return names;
    }

    private int run(String name, boolean isShort) {
        final List<String> arguments = new ArrayList<>(List.of("--json", folder.resolve(name + ".json").toString()));
        arguments.addAll(
                isShort ? SHORT.getOrDefault(name, List.of("--quick")) : SHORTENED.getOrDefault(name, List.of()));
        System.out.println("== " + name + (isShort && !quick ? ", in its short form: it is late" : ""));
        final long begun = System.nanoTime();
        final int code = spec.parent().subcommands().get(name).execute(arguments.toArray(String[]::new));
        System.out.printf("== %s: %d s%n%n", name, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun));
        return code;
    }

    /// {@return those of [#FEW] who are here}
    private static String few() {
        return Contestants.all(System.getenv().getOrDefault("OFFHEAP_BENCH_LIBRARIES", "")).stream()
                .map(Setup::name)
                .filter(FEW::contains)
                .collect(Collectors.joining(","));
    }

    private int report() {
        final List<String> arguments = new ArrayList<>(List.of(folder.toString()));
        if (withoutPictures || quick && mainPictures.isEmpty()) {
            arguments.add("--no-pictures");
        }
        mainPictures.ifPresent(pictures -> arguments.addAll(List.of("--main-pictures", pictures.toString())));
        return new CommandLine(new ReportCommand())
                .setErr(spec.commandLine().getErr())
                .execute(arguments.toArray(String[]::new));
    }
}
