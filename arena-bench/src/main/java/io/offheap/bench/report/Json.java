package io.offheap.bench.report;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Writes JSON: maps, lists, texts, numbers and booleans.
public final class Json {

    private static final int FIRST_PRINTABLE = 0x20;

    private Json() {}

    /// {@return an array with one object on each line}
    public static String lines(List<Map<String, Object>> objects) {
        return objects.stream().map(Json::of).collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
    }

    /// {@return the JSON of a value} Whole decimals are written without a fraction.
    ///
    /// @throws IllegalArgumentException if JSON has no way to say it
    public static String of(Object value) {
        return switch (value) {
            case String text -> quoted(text);
            case Double number -> decimal(number);
            case Integer number -> number.toString();
            case Long number -> number.toString();
            case Boolean truth -> truth.toString();
            case Map<?, ?> map -> object(map);
            case List<?> list -> list.stream().map(Json::of).collect(Collectors.joining(",", "[", "]"));
            case null, default -> throw new IllegalArgumentException("no JSON for " + value);
        };
    }

    private static String object(Map<?, ?> map) {
        return map.entrySet().stream()
                .map(entry -> quoted(String.valueOf(entry.getKey())) + ":" + of(entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String decimal(double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("no JSON for " + number);
        }
        return number == Math.rint(number) && Math.abs(number) < 1e15 ? Long.toString((long) number) : "" + number;
    }

    private static String quoted(String text) {
        return text.chars().mapToObj(Json::escaped).collect(Collectors.joining("", "\"", "\""));
    }

    private static String escaped(int character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default ->
                character < FIRST_PRINTABLE
                        ? String.format("\\u%04x", character)
                        : String.valueOf((char) character);
        };
    }
}
