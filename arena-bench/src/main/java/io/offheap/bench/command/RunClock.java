package io.offheap.bench.command;

import io.offheap.bench.measure.Machine;
import io.offheap.bench.result.RunFacts;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/// When a run began, and how busy the machine was then: started with the run, asked when it has ended.
public final class RunClock {

    private static final double MILLIS_PER_SECOND = 1000;

    private final Instant begun = Instant.now();
    private final String loadBefore = Machine.load();

    /// Starts the clock.
    public RunClock() {}

    /// {@return what is known of the run: its command, its time, and the machine}
    ///
    /// @param spec the command that ran
    public Map<String, String> facts(CommandSpec spec) {
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put(RunFacts.COMMAND, command(spec));
        facts.put(RunFacts.BEGUN, begun.truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put(
                RunFacts.SECONDS,
                "%.0f".formatted(Duration.between(begun, Instant.now()).toMillis() / MILLIS_PER_SECOND));
        facts.put("load before", loadBefore);
        facts.put("load after", Machine.load());
        facts.putAll(Machine.facts());
        return facts;
    }

    /// The words of the commands above this one are in its name, whether they were typed or it was called by another one.
    private static String command(CommandSpec spec) {
        final List<String> words = spec.commandLine().getParseResult().originalArgs();
        final List<String> names = List.of(spec.qualifiedName().split(" "));
        final boolean wasTyped = names.size() > 1 && words.contains(spec.name());
        final int typed = wasTyped ? words.indexOf(spec.name()) + 1 : 0;
        return "./" + spec.qualifiedName() + words.subList(typed, words.size()).stream()
                .map(word -> " " + (word.matches("[\\w./,:=-]+") ? word : "'" + word + "'"))
                .collect(Collectors.joining());
    }
}
