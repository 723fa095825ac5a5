package io.offheap.bench.report;

import java.util.Locale;

/// What HTML and SVG have in common: text that must not be taken for markup, and numbers.
final class Markup {

    private static final double MILLION = 1e6;
    private static final double TEN_MILLION = 1e7;
    private static final double BILLION = 1e9;

    private Markup() {}

    /// {@return the text, with what would be markup escaped}
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /// {@return the beginning of a picture that tells those who cannot see it what it shows}
    static String svg(double width, double height, String title, String description) {
        return ("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %1$s %2$s\" role=\"img\" aria-label=\"%3$s\">"
                        + "<title>%3$s</title><desc>%4$s</desc>\n")
                .formatted(coordinate(width), coordinate(height), escape(title), escape(description));
    }

    /// {@return a coordinate with one digit after the point}
    static String coordinate(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /// {@return a figure for eyes: grouped digits, a fraction only where it matters, millions and more by a suffix}
    static String figure(double value) {
        if (Math.abs(value) >= BILLION) {
            return String.format(Locale.ROOT, "%.2fG", value / BILLION);
        }
        if (Math.abs(value) >= TEN_MILLION) {
            return String.format(Locale.ROOT, "%.1fM", value / MILLION);
        }
        return String.format(Locale.ROOT, Math.abs(value) < 10 && value != Math.rint(value) ? "%.2f" : "%,.0f", value);
    }
}
