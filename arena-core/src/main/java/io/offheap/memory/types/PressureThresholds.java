package io.offheap.memory.types;

/// From which used shares of a limit on memory counts as short.
///
/// @param someShare     used share of the limit at which memory is getting short; above 0
/// @param criticalShare used share at which the next growth may fail; at least `someShare`
public record PressureThresholds(double someShare, double criticalShare) {

    /// For a limit that kills or throttles when it is met: a container, or a budget. A quarter of the limit is
    /// room enough to purge before a burst fills it, and below a twelfth a single phase of a program may: reacting
    /// at the limit itself is a race that is lost now and then.
    public static final PressureThresholds LIMIT = new PressureThresholds(0.75, 0.92);

    /// For the memory of a whole machine, where nothing happens at a used share of 80 %: what is available there
    /// is counted in gigabytes, and the kernel gets its watermarks from the last per cent.
    public static final PressureThresholds HOST = new PressureThresholds(0.90, 0.97);

    /// @throws IllegalArgumentException if the shares are not positive or out of order
    public PressureThresholds {
        if (!(someShare > 0 && criticalShare >= someShare)) {
            throw new IllegalArgumentException("someShare=" + someShare + ", criticalShare=" + criticalShare);
        }
    }

    /// {@return how short memory is when this share of the limit is used}
    ///
    /// @param usedShare as in [MemoryReading#usedShare]
    public MemoryPressure levelAt(double usedShare) {
        if (usedShare >= criticalShare) {
            return MemoryPressure.CRITICAL;
        }
        return usedShare >= someShare ? MemoryPressure.SOME : MemoryPressure.NONE;
    }
}
