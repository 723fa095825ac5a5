package io.offheap.memory.space;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.table.Lines;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Decides when the spaces of a domain have a [Window], and what is in it.
///
/// ## To rent or to buy
/// Through a window an access is quicker than any other, but who takes pages away must end all windows first: the JVM has
/// every thread pass a point where it accesses nothing, 50 to 300 us if processors are free, milliseconds if threads wait for
/// them. That is as much as thousands of writes that are announced ([WriterGate]), and nobody knows how soon it will be. So
/// writers announce themselves until that has cost as much as ending the last windows did, and have windows again from then on.
/// However often pages are taken away, both together cost at most about twice what the better of the two would: the ski
/// rental of Karlin, Manasse, Rudolph and Sleator, "Competitive snoopy caching", 1988. The first windows are for nothing; who
/// writes no word to a page that is there never has any.
///
/// ## What is in a window
/// One run of pages of each space: the longest that was met. It grows as pages are first written, by at least a part of its
/// size at a time, so that growing costs little; and where many announced writes went, the lines there ([Lines]) tell how long
/// the run around is.
///
/// ## Concurrency
/// Guarded by the lock of the domain. Accessors read [Space#window] without it, and may find an old one.
///
/// ## Invariants (checked by [Checker])
/// - **I11** every page of a window is writable in the table of its space, at the address that the window says
final class Windows {

    static {
        Window.link();
    }

    /// Announced stores of a thread for which it speaks once: taking the lock costs a fiftieth of them.
    static final int COUNTED = 64;

    /// What announcement and lookup cost that a window saves (docs/performance-history.md).
    static final long NANOS_SAVED = 8;

    /// Stores: what the end of windows costs those whose loops go on in the interpreter, however quick it is itself.
    static final long LEAST_PRICE = 256 * COUNTED;

    /// A window grows by at least this part of it: all but a 256th of what is written in order is in it.
    private static final int GROWTH_SHIFT = 8;

    private final int pageShift;
    private final Ticker ticker;
    private final List<Space> open = new ArrayList<>();                 // that have a window
    private Arena arena;                                                // of all windows; null: there are none
    private Arena ending;                                               // not known to be closed
    private long announced;                                             // stores, since windows ended
    private long price;                                                 // stores; nothing at first
    private boolean isClosed;

    /// @param pageShift of the page size
    /// @param ticker    by which the end of windows is timed
    Windows(int pageShift, Ticker ticker) {
        this.pageShift = pageShift;
        this.ticker = ticker;
    }

    /// Notes stores that were announced, the last one to a page: grants windows if they have paid for them.
    void noteAnnounced(Space space, long page, int stores) {
        announced += stores;
        if (announced < price || ending != null || isClosed) {
            return;
        }
        try {
            if (arena == null) {
                arena = Arena.ofShared();
            }
            considerWidening(space, page, stores);
        } catch (OutOfMemoryError heapIsFull) {
            announced = 0;                                              // later, perhaps
        }
    }

    /// Widens the window, unless that was tried in vain a short while ago.
    private void considerWidening(Space space, long page, int stores) {
        if (space.writesUntilWidened > 0) {
            space.writesUntilWidened -= stores;
        } else if (!widen(space, page)) {
            space.writesUntilWidened = LEAST_PRICE;                     // lines speak of as many leaves, at most
        }
    }

    /// Makes the run around a page the window, if it is longer. O(leaves of the run).
    ///
    /// @return whether it is
    private boolean widen(Space space, long page) {
        final var lines = space.table.writableLines();
        final long firstPage = lines.firstOfRun(page, pageShift);
        if (firstPage < 0) {
            return false;
        }
        final long pages = lines.lengthOfRun(firstPage, pageShift);
        if (pages << pageShift <= space.window().size()) {
            return false;
        }
        space.run.set(firstPage, lines.address(firstPage), pages);
        open(space);
        return true;
    }

    /// Notes that a page may be written in place, as from now on. Needs no Java heap; without any the window stays as it is.
    void noteWritable(Space space, long page, long address) {
        if (arena == null) {
            return;
        }
        space.run.add(page, address);
        final long size = space.window().size();
        if (space.run.pages() << pageShift > size + (size >> GROWTH_SHIFT)) {
            try {
                open(space);
            } catch (OutOfMemoryError heapIsFull) {
                assert space.run.pages() > 0;                           // it may grow with the next page
            }
        }
    }

    private void open(Space space) {
        final var run = space.run;
        final var window = new Window(run.firstPage() << pageShift,
                RawMemory.segment(run.firstAddress(), run.pages() << pageShift, arena));
        if (space.window() == Window.NONE) {
            open.add(space);
        }
        space.setWindow(window);
    }

    /// {@return stores that must be announced from the end of windows on until there are others}
    long price() {
        return price;
    }

    /// Ends all windows. When this returns, every access through one has been made, or will not be.
    void end() {
        if (arena != null) {
            ending = arena;
            arena = null;
            announced = 0;
            open.forEach(Windows::forget);
            open.clear();
        }
        if (ending != null) {
            final long start = ticker.nanos();
            ending.close();
            ending = null;                                              // if that fails, it is tried again, and fails again
            price = Math.max(LEAST_PRICE, (ticker.nanos() - start) / NANOS_SAVED);
        }
    }

    private static void forget(Space space) {
        space.setWindow(Window.NONE);
        space.run.clear();
        space.writesUntilWidened = 0;
    }

    /// Ends all windows, and grants none from now on.
    void close() {
        isClosed = true;
        end();
    }
}
