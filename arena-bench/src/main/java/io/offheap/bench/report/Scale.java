package io.offheap.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A linear axis from zero to a round number.
///
/// @param step between two ticks, 1, 2 or 5 times a power of ten
/// @param end the last tick, where the axis ends
record Scale(double step, double end) {

    /// {@return the axis for figures up to `most`, with about `ticks` ticks}
    static Scale upTo(double most, int ticks) {
        final double top = most > 0 ? most : 1;
        final double rough = top / ticks;
        final double power = Math.pow(10, Math.floor(Math.log10(rough)));
        final double step = power * roundUp(rough / power);
        return new Scale(step, step * Math.ceil(top / step));
    }

    /// {@return the ticks, zero and the end included}
    List<Double> ticks() {
        final List<Double> ticks = new ArrayList<>();
        for (int tick = 0; tick * step <= end * (1 + 1e-9); tick++) {
            ticks.add(tick * step);
        }
        return ticks;
    }

    /// {@return a tick as text, with as many digits after the point as tell it from its neighbours}
    String label(double tick) {
        final int digits = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
        return String.format(Locale.ROOT, "%,." + digits + "f", tick);
    }

    /// {@return where a figure lies between zero and the end, 0 to 1}
    double share(double value) {
        return value / end;
    }

    private static double roundUp(double mantissa) {
        if (mantissa <= 1) {
            return 1;
        }
        if (mantissa <= 2) {
            return 2;
        }
        return mantissa <= 5 ? 5 : 10;
    }
}
