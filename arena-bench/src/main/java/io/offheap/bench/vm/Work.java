package io.offheap.bench.vm;

import java.util.function.LongSupplier;

/// One contestant's part of a comparison: a batch of operations, of which only the middle step is measured.
///
/// @param contestant who
/// @param operations how many operations a batch does
/// @param prepare    makes everything ready
/// @param batch      does the operations; what it answers is looked at, so that none can be left out
/// @param finish     undoes what the batch did
record Work(String contestant, int operations, Runnable prepare, LongSupplier batch, Runnable finish) {

    /// Work that leaves nothing behind.
    Work(String contestant, int operations, LongSupplier batch) {
        this(contestant, operations, () -> {}, batch, () -> {});
    }
}
