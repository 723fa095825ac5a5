package io.offheap.bench.vectors;

import java.util.List;
import java.util.Optional;

/// Runs scenarios and says what did not come true.
final class ScenarioRunner {

    private int passed;
    private int failed;

    /// Runs one line.
    ///
    /// @return a line about the first operation that did not answer what was expected, or nothing
    Optional<String> run(String line) {
        final var failure = failureOf(line);
        if (failure.isPresent()) {
            failed++;
        } else {
            passed++;
        }
        return failure;
    }

    private static Optional<String> failureOf(String line) {
        final Scenario scenario;
        try {
            scenario = Scenario.parse(line);
        } catch (IllegalArgumentException e) {
            return Optional.of("FAIL " + e.getMessage());
        }
        try (var interpreter = new Interpreter()) {
            return failureOf(scenario, interpreter);
        }
    }

    private static Optional<String> failureOf(Scenario scenario, Interpreter interpreter) {
        final List<Scenario.Step> steps = scenario.steps();
        for (int i = 0; i < steps.size(); i++) {
            final var step = steps.get(i);
            final var answer = interpreter.perform(step.op());
            final boolean met = step.expected() == null ? !answer.isError() : step.expected().equals(answer.text());
            if (!met) {
                return Optional.of("%s FAIL op %d '%s': expected %s, got %s".formatted(scenario.id(), i, step.op(),
                        step.expected() == null ? "ok" : step.expected(), answer.text()));
            }
        }
        return Optional.empty();
    }

    /// {@return how many scenarios came true}
    int passed() {
        return passed;
    }

    /// {@return how many did not}
    int failed() {
        return failed;
    }
}
