package io.offheap.memory.frame;

import io.offheap.memory.mapping.AnonymousObject;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;
import java.util.concurrent.atomic.AtomicReference;

/// Real pages, from the first reference to a frame until it is free again.
///
/// ```
///            allocate                release to 0            recycle
///   FREE ---------------> IN USE -------------------> LIMBO ---------> FREE, dirty (kept for re-use)
///    ^                                                  | takeLimbo
///    |                                                  v
///    +--- acceptReturned: memory is gone --- giveBack: taken, madvise
///    +--- takeBare, giveMemory, acceptReturned: dirty, before anybody waits for it
/// ```
///
/// A frame that nobody references waits in limbo until its owner has made sure that nobody still reads or writes
/// it (the grace period of the domain).
///
/// Frames are numbers; [#address] gives the memory. Where they lie is known to [FrameRegion], who references each to
/// [FrameTable], and which is taken next to [FreeFrames]. Guarded by the lock of the domain, except [#address], [#giveBack] and
/// [#giveMemory].
///
/// ## Invariants (checked by [#checkInvariants])
/// - **I6** free frames, frames in limbo, frames being given back and frames in use are all that were ever carved
public final class Frames implements AutoCloseable {

    private static final int NONE = FrameTable.NONE;

    /// Free frames with old contents that are kept with their memory: re-use costs no page fault.
    private static final int MOST_DIRTY = 4096;

    private final FrameRegion region;
    private final FrameTable table = new FrameTable();
    private final FreeFrames free;
    private int inUse;
    private int takenCount;
    private long refusals;
    private int limbo = NONE;
    private int limboCount;

    /// Frames that are returned and not free yet: the last ones, which name those before. Added to without the lock.
    private final AtomicReference<Taken> returned = new AtomicReference<>();

    /// Reserves the region: address space only.
    ///
    /// @param os      what reserves
    /// @param wanted  most frames that can be in use at a time; where there is no address space for them, fewer
    ///                ([FrameRegion]): [#capacity]
    /// @param retired takes what was used of the region in the end
    /// @throws OutOfMemoryError if not even the address space for a few can be had
    /// @throws OsException      if reserving is refused for another reason
    public Frames(SystemMemory os, int wanted, RetiredRanges retired) {
        this.region = new FrameRegion(os, wanted, retired);
        this.free = new FreeFrames(region, table);
    }

    /// {@return most frames that can be in use at a time}
    public int capacity() {
        return region.capacity();
    }

    /// {@return a page that reads as zero and is never written}
    public long zeroPage() {
        return region.zeroPage();
    }

    /// {@return the address of a frame}
    public long address(int frame) {
        return region.address(frame);
    }

    /// {@return the frame at an address}
    public int frameAt(long address) {
        return region.frameAt(address);
    }

    /// Makes sure that the next [#allocate] succeeds.
    ///
    /// @throws OutOfMemoryError if all frames are in use
    public void requireFree() {
        if (hasNone()) {
            acceptReturned();
        }
        if (hasNone()) {
            throw new OutOfMemoryError("all " + region.capacity() + " frames are in use");
        }
    }

    private boolean hasNone() {
        return available() == 0;
    }

    /// Makes a pool of frames that the kernel places by a NUMA policy (`mbind`), a window at a time.
    ///
    /// @param mode     the kernel's number of the policy
    /// @param nodeMask its nodes, all of which exist
    /// @return its number for [#allocate]; 0, the pool without a policy, if no whole window is left
    /// @throws OsException if the kernel refuses; nothing has changed then
    public int newPool(int mode, long nodeMask) {
        return free.newPool(mode, nodeMask);
    }

    /// {@return a free frame with one reference}
    ///
    /// @param object where the reverse map finds its users
    /// @param index  its index there
    /// @param zero   whether it must read as zero; otherwise its contents are unspecified
    public int allocate(AnonymousObject object, long index, boolean zero) {
        return allocate(object, index, zero, 0);
    }

    /// {@return a free frame with one reference}
    ///
    /// @param object where the reverse map finds its users
    /// @param index  its index there
    /// @param zero   whether it must read as zero; otherwise its contents are unspecified
    /// @param wanted number of the pool; if it has none left, another's frame is as good as none
    public int allocate(AnonymousObject object, long index, boolean zero, int wanted) {
        final int place = Math.toIntExact(index);
        requireFree();
        final int frame = free.take(wanted, zero);
        table.use(frame, object, place);
        inUse++;
        return frame;
    }

    /// {@return how many references a frame has}
    public int references(int frame) {
        return table.references(frame);
    }

    /// {@return the object of a frame in use}
    public AnonymousObject object(int frame) {
        return table.object(frame);
    }

    /// {@return the index of a frame in use in its object}
    public long index(int frame) {
        return table.index(frame);
    }

    /// Adds a reference.
    public void retain(int frame) {
        table.retain(frame);
    }

    /// Takes a reference; a frame without any waits in limbo.
    public void release(int frame) {
        if (table.release(frame)) {
            table.setNext(frame, limbo);
            limbo = frame;
            limboCount++;
            inUse--;
        }
    }

    private int popLimbo() {
        final int frame = limbo;
        limbo = table.next(frame);
        limboCount--;
        return frame;
    }

    /// Takes free frames that were kept with their memory.
    ///
    /// @param most how many at most
    /// @return them, which the caller gives back to the operating system
    public Taken takeKept(long most) {
        final var taken = new Taken((int) Math.min(most, free.dirty()));
        free.takeDirty(taken);
        takenCount += taken.count();
        return taken;
    }

    /// {@return how many free frames are kept with their memory}
    public int kept() {
        return free.dirty();
    }

    /// {@return how many frames are being given back}
    public int taken() {
        return takenCount;
    }

    /// {@return how many frames may have memory: all but those that were given back}
    public long charged() {
        return (long) free.carved() - free.clean();
    }

    /// {@return how many frames can be allocated}
    public long available() {
        return (long) region.capacity() - inUse - limboCount - takenCount;
    }

    /// {@return whether frames wait in limbo}
    public boolean hasLimbo() {
        return limboCount > 0;
    }

    /// Makes frames in limbo free with their memory, as many as are worth keeping. After the grace period.
    ///
    /// @return the others, which the caller gives back to the operating system; null if there are none, or no Java heap to
    ///         name them: then all are kept
    public Taken recycle() {
        final var rest = newTaken(limboCount - Math.max(0, MOST_DIRTY - free.dirty()));
        while (rest != null && !rest.isFull()) {
            rest.add(popLimbo());
        }
        takenCount += rest == null ? 0 : rest.count();
        while (limbo != NONE) {
            free.addDirty(popLimbo());
        }
        return rest;
    }

    private static Taken newTaken(int most) {
        try {
            return most > 0 ? new Taken(most) : null;
        } catch (OutOfMemoryError heapIsFull) {
            return null;
        }
    }

    /// {@return all frames in limbo, which the caller gives back to the operating system; null if there are none, or no Java
    /// heap to name them: then they stay there} After the grace period.
    public Taken takeLimbo() {
        final var taken = newTaken(limboCount);
        while (taken != null && !taken.isFull()) {
            taken.add(popLimbo());
        }
        takenCount += taken == null ? 0 : taken.count();
        return taken;
    }

    /// Gives the memory of taken frames back, runs of neighbours in one call. With no lock held: the frames become free
    /// with the next [#acceptReturned], whatever happens here.
    ///
    /// @param taken the caller's no longer
    public void giveBack(Taken taken) {
        boolean all = false;
        try {
            taken.sort();
            all = region.giveBack(taken);
        } finally {
            taken.gone = all;
            taken.refused = !all;
            putBack(taken);
        }
    }

    private void putBack(Taken taken) {
        do {
            taken.next = returned.get();
        } while (!returned.compareAndSet(taken.next, taken));
    }

    /// Takes free frames that have no memory, for [#giveMemory].
    ///
    /// @param most how many at most
    public Taken takeBare(int most) {
        final var taken = new Taken(most);
        free.takeBare(taken);
        takenCount += taken.count();
        return taken;
    }

    /// Puts memory behind taken frames, runs of neighbours in one call. With no lock held: they become free, kept with their
    /// memory, with the next [#acceptReturned], whatever happens here.
    ///
    /// @param taken the caller's no longer
    public void giveMemory(Taken taken) {
        try {
            taken.sort();
            region.giveMemory(taken);
        } catch (OsException refused) {
            return;                                                     // then who uses them meets the page fault
        } finally {
            putBack(taken);
        }
    }

    /// Makes frames free that were given back, or given memory.
    public void acceptReturned() {
        if (returned.get() != null) {
            for (var one = returned.getAndSet(null); one != null; one = one.next) {
                refusals += one.refused ? 1 : 0;
                accept(one);
            }
        }
    }

    /// {@return whether frames were given back that are not free yet} From any thread.
    public boolean hasReturned() {
        return returned.get() != null;
    }

    /// {@return how often the operating system did not take memory back, or place it}
    public long refusals() {
        return refusals + free.refusals();
    }

    private void accept(Taken taken) {
        for (int i = taken.count() - 1; i >= 0; i--) {                  // the lowest comes first
            if (taken.gone) {
                free.addClean(taken.get(i));
            } else {
                free.addDirty(taken.get(i));
            }
        }
        takenCount -= taken.count();
    }

    /// {@return how many frames are in use}
    public int inUse() {
        return inUse;
    }

    /// {@return how many pages of the region have memory behind them, as the operating system says}
    public long residentPages() {
        return region.residentPages(free.top());
    }

    /// Recomputes I6. O(carved).
    ///
    /// @return true
    /// @throws AssertionError naming what is wrong
    public boolean checkInvariants() {
        free.checkInvariants();
        final int used = table.used(free.top());
        int limboLength = 0;
        for (int frame = limbo; frame != NONE && limboLength <= free.carved(); frame = table.next(frame)) {
            limboLength++;
        }
        if (used != inUse || limboLength != limboCount
                || used + free.clean() + free.dirty() + limboCount + takenCount != free.carved()) {
            throw new AssertionError("I6: %d used (%d), %d clean, %d dirty, %d limbo (%d), %d taken, %d carved"
                    .formatted(used, inUse, free.clean(), free.dirty(), limboLength, limboCount, takenCount, free.carved()));
        }
        return true;
    }

    /// Gives all memory back. Addresses of frames read as zero for a while: see [RetiredRanges].
    @Override
    public void close() {
        region.close(free.top());
    }
}
