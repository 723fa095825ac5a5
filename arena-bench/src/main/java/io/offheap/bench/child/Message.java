package io.offheap.bench.child;

import java.util.LinkedHashMap;
import java.util.Map;

/// One line between parent and child: a word, then fields `name=value`, separated by tabs.
///
/// @param word what it says, in capitals
/// @param fields what goes with it
public record Message(String word, Map<String, String> fields) {

    private static final String SEPARATOR = "\t";

    /// {@return a message without fields}
    public static Message of(String word) {
        return new Message(word, Map.of());
    }

    /// {@return this message and one more field} A tab or a line break in the value becomes a space.
    public Message with(String name, Object value) {
        final Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, String.valueOf(value).replaceAll("[\\t\\r\\n]+", " "));
        return new Message(word, more);
    }

    /// {@return the message that a line holds}
    public static Message parse(String line) {
        final String[] parts = line.split(SEPARATOR);
        Message message = of(parts[0]);
        for (int part = 1; part < parts.length; part++) {
            final int equals = parts[part].indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("not a field: " + parts[part]);
            }
            message = message.with(parts[part].substring(0, equals), parts[part].substring(equals + 1));
        }
        return message;
    }

    /// {@return a field as text}
    public String text(String name) {
        final String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException(word + " has no field " + name);
        }
        return value;
    }

    /// {@return a field as a whole number}
    public long number(String name) {
        return Long.parseLong(text(name));
    }

    /// {@return a field as a number}
    public double decimal(String name) {
        return Double.parseDouble(text(name));
    }

    /// {@return the line, without its end}
    public String line() {
        final StringBuilder line = new StringBuilder(word);
        fields.forEach((name, value) ->
                line.append(SEPARATOR).append(name).append('=').append(value));
        return line.toString();
    }
}
