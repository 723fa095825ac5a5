package io.offheap.memory.stress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// How far writers have come: which write of a place has begun last, and which has returned last. A place has one writer.
///
/// What somebody reads of the begun ones after an operation bounds what may be there from above, what he has read of the returned ones
/// before it bounds it from below.
final class Progress {

    /// A cache line and its neighbour for each place.
    private static final int STRIDE = 16;

    private static final VarHandle NUMBERS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] begun;
    private final long[] returned;
    private final int places;

    Progress(int places) {
        this.places = places;
        this.begun = new long[(places + 2) * STRIDE];
        this.returned = new long[(places + 2) * STRIDE];
    }

    private static int index(int place) {
        return (place + 1) * STRIDE;
    }

    /// Says that a write is about to begin.
    ///
    /// @return its sequence: one more than the last
    long begin(int place) {
        final long sequence = (long) NUMBERS.getOpaque(begun, index(place)) + 1;
        NUMBERS.setOpaque(begun, index(place), sequence);
        VarHandle.storeStoreFence();                                    // no more: a full barrier would help a wrong protocol
        return sequence;
    }

    /// Says that a write has returned normally.
    void end(int place, long sequence) {
        NUMBERS.setRelease(returned, index(place), sequence);
    }

    /// {@return the last write that has begun}
    long begun(int place) {
        return (long) NUMBERS.getAcquire(begun, index(place));
    }

    /// {@return the last write that has returned normally}
    long returned(int place) {
        return (long) NUMBERS.getAcquire(returned, index(place));
    }

    /// {@return the same of all places}
    long[] allBegun() {
        final long[] all = new long[places];
        for (int place = 0; place < places; place++) {
            all[place] = begun(place);
        }
        return all;
    }

    /// {@return the same of all places}
    long[] allReturned() {
        final long[] all = new long[places];
        for (int place = 0; place < places; place++) {
            all[place] = returned(place);
        }
        return all;
    }
}
