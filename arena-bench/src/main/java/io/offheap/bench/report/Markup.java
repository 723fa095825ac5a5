package io.offheap.bench.report;

import java.util.Locale;

/// What HTML and SVG have in common: text that must not be taken for markup, and numbers.
final class Markup {

    private Markup() {}

    /// {@return the text, with what would be markup escaped}
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /// {@return a coordinate with one digit after the point}
    static String coordinate(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /// {@return a figure for eyes: grouped digits, a fraction only where it matters}
    static String figure(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 10 && value != Math.rint(value) ? "%.2f" : "%,.0f", value);
    }
}
