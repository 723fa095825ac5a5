package io.offheap.bench.turns;

/// How long and how often is measured.
///
/// @param rounds repetitions of each cell
/// @param warmUpMillis before a cell is measured
/// @param sliceMillis of each repetition
public record Timing(int rounds, long warmUpMillis, long sliceMillis) {

    private static final int MOST_ROUNDS = 1000;
    private static final long LONGEST_SLICE = 60_000;

    /// @throws IllegalArgumentException naming what cannot be
    public Timing {
        if (rounds < 1 || rounds > MOST_ROUNDS) {
            throw new IllegalArgumentException("rounds must be 1 to " + MOST_ROUNDS + ", not " + rounds);
        }
        if (sliceMillis < 1 || sliceMillis > LONGEST_SLICE) {
            throw new IllegalArgumentException("a slice must be 1 to " + LONGEST_SLICE + " ms, not " + sliceMillis);
        }
        if (warmUpMillis < 0 || warmUpMillis > LONGEST_SLICE) {
            throw new IllegalArgumentException("warm-up must be 0 to " + LONGEST_SLICE + " ms, not " + warmUpMillis);
        }
    }
}
