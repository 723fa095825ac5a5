package io.offheap.agent;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/// What was redirected. Any thread may call any method; a reader may see a count a moment late.
final class Counters {

    private final LongAdder classes = new LongAdder();
    private final LongAdder failedClasses = new LongAdder();
    private final Map<Redirection, LongAdder> sites = adders();
    private final Map<Redirection, LongAdder> calls = adders();

    private static Map<Redirection, LongAdder> adders() {
        final var adders = new EnumMap<Redirection, LongAdder>(Redirection.class);
        for (final var redirection : Redirection.values()) {
            adders.put(redirection, new LongAdder());
        }
        return adders;
    }

    void countClass(Map<Redirection, Integer> redirected) {
        classes.increment();
        redirected.forEach((redirection, count) -> sites.get(redirection).add(count));
    }

    void countFailedClass() {
        failedClasses.increment();
    }

    void countCall(Redirection redirection) {
        calls.get(redirection).increment();
    }

    /// {@return classes that were loaded with redirected calls}
    long classes() {
        return classes.sum();
    }

    /// {@return classes that could not be rewritten}
    long failedClasses() {
        return failedClasses.sum();
    }

    /// {@return call sites and method references by what they call}
    Map<String, Long> sites() {
        return byName(sites);
    }

    /// {@return calls that came through}
    Map<String, Long> calls() {
        return byName(calls);
    }

    private static Map<String, Long> byName(Map<Redirection, LongAdder> adders) {
        return adders.entrySet().stream().collect(Collectors.toMap(e -> e.getKey().toString(), e -> e.getValue().sum()));
    }

    /// {@return one line: how many call sites, of what, in how many classes, and how often they were called}
    String summary() {
        final var parts = sites.entrySet().stream().filter(e -> e.getValue().sum() > 0)
                .map(e -> "%s: %d sites, %d calls".formatted(e.getKey(), e.getValue().sum(), calls.get(e.getKey()).sum()))
                .collect(Collectors.joining("; "));
        return "redirected %d call sites in %d classes%s%s".formatted(
                sites.values().stream().mapToLong(LongAdder::sum).sum(), classes(),
                parts.isEmpty() ? "" : " (" + parts + ")",
                failedClasses() == 0 ? "" : ", left " + failedClasses() + " as they were");
    }
}
