package io.offheap.bench.command;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Who takes part in a benchmark of memory, as opposed to one of nanoseconds. For picocli's `@Mixin`.
public final class ContestantOptions {

    private static final List<String> USUAL = List.of(
            Contestants.OFFHEAP_ADDRESS,
            Contestants.OFFHEAP_EAGER,
            Contestants.OFFHEAP_SEGMENT,
            Contestants.OFFHEAP_CONFINED,
            Contestants.OFFHEAP_AUTO,
            Contestants.OFFHEAP_DIRECT,
            Contestants.OFFHEAP_NETTY,
            Contestants.FFM_MALLOC,
            "ffm-jemalloc",
            "ffm-mimalloc",
            "ffm-tcmalloc",
            Contestants.UNSAFE_MALLOC,
            Contestants.NETTY_POOLED,
            Contestants.NETTY_ADAPTIVE,
            Contestants.NETTY_UNPOOLED,
            Contestants.ARROW_UNSAFE,
            Contestants.JDK_CONFINED,
            Contestants.JDK_SHARED,
            Contestants.JDK_AUTO,
            Contestants.JDK_DIRECT,
            Contestants.JDK_DIRECT_CLEANER);

    @Option(
            names = {"-c", "--contestants"},
            paramLabel = "NAME",
            split = ",",
            description = "Who takes part; default everyone who can on this machine, with --quick a few.")
    private List<String> names = List.of();

    @Option(
            names = "--libraries",
            paramLabel = "FOLDER[:FOLDER]",
            description = "Where to look for jemalloc, mimalloc and tcmalloc first.")
    private String libraries = System.getenv().getOrDefault("OFFHEAP_BENCH_LIBRARIES", "");

    /// For picocli.
    public ContestantOptions() {}

    /// {@return who takes part, in the order of reports} C allocators that are not installed are left out unless
    /// they were asked for.
    ///
    /// @param few who takes part in the short form, or empty for everyone
    /// @throws IllegalArgumentException if someone was asked for who is not here
    public List<Setup> chosen(List<String> few) {
        final List<Setup> chosen = new ArrayList<>();
        for (String name : names.isEmpty() ? few.isEmpty() ? USUAL : few : names) {
            final Optional<Setup> found = Contestants.find(name, libraries);
            if (found.isEmpty() && !names.isEmpty()) {
                throw new IllegalArgumentException(
                        "no contestant '" + name + "' here; there are " + String.join(", ", usualHere()));
            }
            found.ifPresent(chosen::add);
        }
        return List.copyOf(chosen);
    }

    private List<String> usualHere() {
        return USUAL.stream().filter(name -> Contestants.find(name, libraries).isPresent()).toList();
    }
}
