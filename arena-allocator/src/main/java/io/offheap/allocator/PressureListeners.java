package io.offheap.allocator;

import io.offheap.memory.pressure.DistinctErrors;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureListener;
import io.offheap.memory.util.RankedLock;
import java.lang.System.Logger;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Who is told that the memory of one allocator is short.
///
/// A listener that runs short itself is not told again from within: what it tried to allocate fails.
///
/// Any thread may call any method; [#tell] with no lock held.
final class PressureListeners {

    private static final Logger LOGGER = System.getLogger(PressureListeners.class.getPackageName());

    /// One registration: the same listener may be added twice, and is then told twice.
    private final class Place implements PressureListener.Registration {
        private final PressureListener listener;

        Place(PressureListener listener) {
            this.listener = listener;
        }

        @Override
        public void close() {
            places.remove(this);
        }
    }

    private final String who;
    private final DistinctErrors errors = new DistinctErrors(LOGGER);
    private final List<Place> places = new CopyOnWriteArrayList<>();
    /// Numbers of threads: a class of threads may say that two of them are equal.
    private final Set<Long> telling = ConcurrentHashMap.newKeySet();

    /// @param allocatorName shows in reports
    PressureListeners(String allocatorName) {
        this.who = "pressure listener of " + allocatorName;
    }

    PressureListener.Registration add(PressureListener listener) {
        final var place = new Place(listener);
        places.add(place);
        return place;
    }

    /// Tells every listener, in the order in which they were added.
    ///
    /// @return whether any was told: not if there is none, or the calling thread is in a listener
    boolean tell(MemoryPressure level, long headroomBytes) {
        assert RankedLock.noneHeld();
        final Long teller = Thread.currentThread().threadId();
        if (places.isEmpty() || !telling.add(teller)) {
            return false;
        }
        try {
            for (final var place : places) {
                tell(place.listener, level, headroomBytes);
            }
            return true;
        } finally {
            telling.remove(teller);
        }
    }

    private void tell(PressureListener listener, MemoryPressure level, long headroomBytes) {
        try {
            listener.onPressure(level, headroomBytes);
        } catch (Throwable e) {
            errors.report(who, e);
        }
    }
}
