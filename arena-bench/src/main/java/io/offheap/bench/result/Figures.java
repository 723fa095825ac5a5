package io.offheap.bench.result;

import java.util.Locale;

/// How figures are written for eyes: three digits that matter, and a suffix for thousands and millions.
public final class Figures {

    private static final String[] SUFFIXES = {"", "k", "M", "G"};
    private static final double THOUSAND = 1000;

    /// Below this a figure is written out, since four digits read as easily as three and a suffix.
    private static final double FIRST_SUFFIX = 9999.5;

    private Figures() {}

    /// {@return 5.31, 47.2, 231, 5832, 18.4k, 2.9M}
    public static String text(double value) {
        int suffix = 0;
        double shown = value;
        while ((suffix == 0 ? shown >= FIRST_SUFFIX : shown >= THOUSAND - 0.5) && suffix < SUFFIXES.length - 1) {
            shown /= THOUSAND;
            suffix++;
        }
        return digits(shown) + SUFFIXES[suffix];
    }

    /// {@return bytes as 64, 4K, 1M}
    public static String bytes(long bytes) {
        if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
            return (bytes >> 20) + "M";
        }
        return bytes >= 1 << 10 && bytes % (1 << 10) == 0 ? (bytes >> 10) + "K" : Long.toString(bytes);
    }

    private static String digits(double value) {
        final String pattern = Math.abs(value) < 9.995 ? "%.2f" : Math.abs(value) < 99.95 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, pattern, value);
    }
}
