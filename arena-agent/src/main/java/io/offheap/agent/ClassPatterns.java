package io.offheap.agent;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A set of class names by patterns: a name with dots, in which `*` stands for any characters, dots too.
///
/// Without regular expressions: it is asked for each class that is loaded.
///
/// @param patterns their literal parts: a name matches if it begins with the first, ends with the last, and has the others
///                 between them in their order
record ClassPatterns(List<List<String>> patterns) {

    static final ClassPatterns NONE = new ClassPatterns(List.of());
    static final ClassPatterns ALL = parse("*");

    /// {@return the patterns in `text`, separated by colons}
    ///
    /// @throws IllegalArgumentException if one of them is empty
    static ClassPatterns parse(String text) {
        return new ClassPatterns(Arrays.stream(text.split(":", -1)).map(pattern -> parts(pattern.strip(), text)).toList());
    }

    private static List<String> parts(String pattern, String text) {
        if (pattern.isEmpty()) {
            throw new IllegalArgumentException("empty class pattern in '" + text + "'");
        }
        return List.of(pattern.split("\\*+", -1));
    }

    /// {@return what either of them matches}
    ClassPatterns and(ClassPatterns more) {
        return new ClassPatterns(Stream.concat(patterns.stream(), more.patterns.stream()).toList());
    }

    boolean matches(String className) {
        for (final var parts : patterns) {
            if (matches(parts, className)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(List<String> parts, String name) {
        final var first = parts.getFirst();
        final var last = parts.getLast();
        if (parts.size() == 1) {
            return name.equals(first);
        }
        if (name.length() < first.length() + last.length() || !name.startsWith(first) || !name.endsWith(last)) {
            return false;
        }
        final int end = name.length() - last.length();
        int from = first.length();
        for (final var part : parts.subList(1, parts.size() - 1)) {
            final int at = name.indexOf(part, from);
            if (at < 0 || at + part.length() > end) {
                return false;
            }
            from = at + part.length();
        }
        return true;
    }

    @Override
    public String toString() {
        return patterns.stream().map(parts -> String.join("*", parts)).collect(Collectors.joining(":"));
    }
}
