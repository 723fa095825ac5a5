package io.offheap.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;

/// One axis of a plot: where a figure lies on it, and which figures are written beside it.
///
/// @param unit what the figures are of; written at the end
/// @param ticks what is written, in ascending order
/// @param isLogarithmic whether equal ratios are equally far apart; then figures must be positive
/// @param least where the axis begins
/// @param most where it ends; more than `least`
public record Axis(String unit, List<Tick> ticks, boolean isLogarithmic, double least, double most) {

    private static final int LINEAR_TICKS = 5;

    /// Room beside the outermost of given values, as a share of their distance.
    private static final double MARGIN = 0.04;

    /// What a decade is divided by; more than this many decades are labelled by powers of ten alone.
    private static final int[] MANTISSAS = {1, 2, 5};
    private static final int MOST_DIVIDED_DECADES = 2;

    private static final double THOUSAND = 1000;

    /// A figure with a label, or with an empty one for a line of the grid alone.
    ///
    /// @param value where
    /// @param label what is written
    public record Tick(double value, String label) {}

    /// {@return an axis from zero to a round number, not below `most`}
    public static Axis linear(String unit, double most) {
        final Scale scale = Scale.upTo(most, LINEAR_TICKS);
        return new Axis(
                unit,
                scale.ticks().stream().map(tick -> new Tick(tick, scale.label(tick))).toList(),
                false,
                0,
                scale.end());
    }

    /// {@return a logarithmic axis that holds all figures; those that are not positive lie at its beginning}
    public static Axis logarithmic(String unit, List<Double> figures) {
        final double[] positive = figures.stream().mapToDouble(Double::doubleValue).filter(figure -> figure > 0).toArray();
        final double low = roundDown(positive.length == 0 ? 1 : Arrays.stream(positive).min().getAsDouble());
        final double high = roundUp(positive.length == 0 ? 10 : Arrays.stream(positive).max().getAsDouble(), low);
        return new Axis(unit, decades(low, high), true, low, high);
    }

    /// {@return a logarithmic axis on which these positive figures are marked, and no others}
    ///
    /// @param label how one of them is written
    public static Axis of(String unit, List<Double> figures, DoubleFunction<String> label) {
        final List<Double> sorted = figures.stream().distinct().sorted().toList();
        final double first = sorted.getFirst();
        final double last = sorted.getLast();
        final double margin = first == last ? 2 : Math.pow(last / first, MARGIN);
        return new Axis(
                unit,
                sorted.stream().map(figure -> new Tick(figure, label.apply(figure))).toList(),
                true,
                first / margin,
                last * margin);
    }

    /// {@return an axis of steps that have names and no distances; step `n` is the figure `n`}
    public static Axis steps(String unit, List<String> names) {
        return new Axis(
                unit,
                IntStream.range(0, names.size()).mapToObj(step -> new Tick(step, names.get(step))).toList(),
                false,
                -MARGIN * names.size(),
                names.size() - 1 + MARGIN * names.size());
    }

    /// {@return where a figure lies, from 0 to 1}
    double share(double value) {
        final double share = isLogarithmic
                ? Math.log(Math.max(value, least) / least) / Math.log(most / least)
                : (value - least) / (most - least);
        return Math.clamp(share, 0, 1);
    }

    private static List<Tick> decades(double low, double high) {
        final List<Tick> ticks = new ArrayList<>();
        final boolean isDivided = Math.log10(high / low) <= MOST_DIVIDED_DECADES;
        for (double decade = Math.pow(10, Math.floor(Math.log10(low))); decade <= high; decade *= 10) {
            for (int mantissa : MANTISSAS) {
                final double value = decade * mantissa;
                if (value >= low * 0.999 && value <= high * 1.001 && (mantissa == 1 || isDivided)) {
                    ticks.add(new Tick(value, label(value)));
                }
            }
        }
        ticks.sort(Comparator.comparingDouble(Tick::value));
        return ticks;
    }

    private static double roundDown(double value) {
        final double decade = Math.pow(10, Math.floor(Math.log10(value)));
        final double mantissa = value / decade;
        return decade * (mantissa >= 5 ? 5 : mantissa >= 2 ? 2 : 1);
    }

    private static double roundUp(double value, double low) {
        final double decade = Math.pow(10, Math.floor(Math.log10(value)));
        final double mantissa = value / decade;
        final double rounded = decade * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
        return Math.max(rounded, 10 * low);
    }

    private static String label(double value) {
        final String[] suffixes = {"", "k", "M", "G"};
        int suffix = 0;
        double shown = value;
        while (shown >= THOUSAND * 0.999 && suffix < suffixes.length - 1) {
            shown /= THOUSAND;
            suffix++;
        }
        final int digits = (int) Math.max(0, Math.ceil(-Math.log10(shown) - 1e-9));
        return String.format(Locale.ROOT, "%." + digits + "f", shown) + suffixes[suffix];
    }
}
