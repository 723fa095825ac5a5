package io.offheap.agent;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What the agent says, on standard error. Not through a logger: setting one up before the program does would take the
/// choice from it.
final class Log {

    /// How much is said besides warnings.
    enum Verbosity { OFF, SUMMARY, CLASSES }

    private final Verbosity verbosity;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    Log(Verbosity verbosity) {
        this.verbosity = verbosity;
    }

    /// Says it once for each `subject`.
    void warnOnce(String subject, String message) {
        if (warned.add(subject)) {
            print(message);
        }
    }

    void redirected(String className, String what) {
        if (verbosity == Verbosity.CLASSES) {
            print(className + ": " + what);
        }
    }

    void summary(Counters counters) {
        if (verbosity != Verbosity.OFF) {
            print(counters.summary());
        }
    }

    private static void print(String message) {
        System.err.println("arena-agent: " + message);
    }
}
