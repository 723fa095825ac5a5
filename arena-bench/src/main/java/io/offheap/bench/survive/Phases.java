package io.offheap.bench.survive;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// What is done: phases, each of so many bytes in blocks of one size, all freed before the next phase but for one
/// block in so many.
///
/// @param threads how many threads share each phase
/// @param phaseBytes allocated in each phase
/// @param blockSizes the size of a block in each phase, multiples of 8
/// @param keepEvery one block in so many stays to the end; 0 for none
record Phases(int threads, long phaseBytes, List<Long> blockSizes, int keepEvery) {

    /// In this order neither small nor large blocks find what they need among what the phase before has left.
    static final List<Long> USUAL_SIZES = List.of(8L << 10, 48L << 10, 1L << 20, 20L << 10, 256L << 10);

    /// The part of the blocks that stays, in the hard form.
    static final int USUAL_KEEP = 100;

    /// @throws IllegalArgumentException naming what cannot be
    Phases {
        require(threads > 0, "threads must be 1 or more, not " + threads);
        require(keepEvery >= 0, "one block in " + keepEvery + " cannot stay");
        for (long size : blockSizes) {
            require(size > 0 && size % Long.BYTES == 0, "a block must be a multiple of 8 bytes, not " + size);
            require(
                    phaseBytes >= size * threads,
                    "a phase of " + phaseBytes + " bytes has no block of " + size + " bytes for each of " + threads
                            + " threads");
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /// {@return how many phases there are}
    int count() {
        return blockSizes.size();
    }

    /// {@return how many blocks each thread allocates in a phase}
    int blocksEach(int phase) {
        return Math.toIntExact(phaseBytes / blockSizes.get(phase) / threads);
    }

    /// {@return whether a block stays to the end}
    boolean keeps(int block) {
        return keepEvery > 0 && block % keepEvery == 0;
    }

    /// {@return what the command line of a child needs}
    List<String> arguments() {
        return List.of(
                Integer.toString(threads),
                Long.toString(phaseBytes),
                blockSizes.stream().map(String::valueOf).collect(Collectors.joining(",")),
                Integer.toString(keepEvery));
    }

    /// {@return the phases that [#arguments] wrote}
    static Phases parse(List<String> arguments) {
        return new Phases(
                Integer.parseInt(arguments.get(0)),
                Long.parseLong(arguments.get(1)),
                Arrays.stream(arguments.get(2).split(",")).map(Long::valueOf).toList(),
                Integer.parseInt(arguments.get(3)));
    }
}
