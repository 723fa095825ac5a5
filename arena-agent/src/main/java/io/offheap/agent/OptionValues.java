package io.offheap.agent;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The pairs of an option text, taken out by those who know what they mean. Not thread-safe.
final class OptionValues {

    private final Map<String, String> values = new LinkedHashMap<>();

    private OptionValues() {}

    /// {@return the pairs in `name=value,name=value`}
    ///
    /// @param text null or empty: none
    /// @throws IllegalArgumentException if a part is no pair, or a name occurs twice
    static OptionValues parse(String text) {
        final var parsed = new OptionValues();
        for (final var pair : text == null || text.isBlank() ? new String[0] : text.split(",")) {
            final int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("agent option '" + pair + "' is no name=value, in '" + text + "'");
            }
            final var name = pair.substring(0, equals).strip();
            if (parsed.values.put(name, pair.substring(equals + 1).strip()) != null) {
                throw new IllegalArgumentException("agent option '" + name + "' occurs twice, in '" + text + "'");
            }
        }
        return parsed;
    }

    Optional<String> take(String name) {
        return Optional.ofNullable(values.remove(name));
    }

    /// {@return the value of `name`, one of `known`}
    ///
    /// @throws IllegalArgumentException if it is none of them
    String take(String name, String byDefault, String... known) {
        final var value = take(name).orElse(byDefault);
        if (!List.of(known).contains(value)) {
            throw new IllegalArgumentException("agent option '" + name + "' is '" + value + "', not one of " + List.of(known));
        }
        return value;
    }

    /// @throws IllegalArgumentException if a pair was not taken
    void checkAllTaken() {
        if (!values.isEmpty()) {
            throw new IllegalArgumentException("unknown agent options " + values.keySet());
        }
    }
}
