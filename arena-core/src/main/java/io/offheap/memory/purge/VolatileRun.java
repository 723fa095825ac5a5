package io.offheap.memory.purge;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A run of whole pages whose memory may be taken away while nobody uses it.
///
/// ```
///            mark (free)               claim               finish(true)
///   ACTIVE -------------> VOLATILE ------------> PURGING -------------> PURGED
///     ^  ^                 |  |  ^                  |                     |
///     |  +---- reuse ------+  |  +-- finish(false) -+                     |
///     |                       |      or unclaim                           |
///     |                       | hold                                      | hold
///     |                       v                                           v
///     +------ activate ----- HELD <---------------------------------------+
///                             |  volatile again: release     ^ purged again: releasePurged
/// ```
///
/// One word decides: whoever changes the state by compare-and-set owns the run from then on, and the lists
/// in which a run stands are only ways of finding it. So marking costs one compare-and-set whatever the
/// size of the run, no allocation, no lock and no system call, and so does taking it back.
///
/// ## Who may do what
/// - the holder of a block marks it ([#mark]): exactly one of two concurrent frees succeeds
/// - the owning allocator reuses or holds it; a run that is `HELD` may be split, merged or given away
/// - a purger claims it and finishes; nobody else touches it meanwhile
///
/// Address and size change only while the run is `HELD`, by its holder.
public abstract class VolatileRun {

    /// Where a run stands. See the drawing above.
    public enum State {
        /// Being worked on by its owner: neither handed out nor to be purged.
        HELD,
        /// Handed out.
        ACTIVE,
        /// Free with its memory, which may be purged at any time.
        VOLATILE,
        /// Claimed by a purger, which is giving its memory back.
        PURGING,
        /// Free without memory.
        PURGED
    }

    private static final int HELD = State.HELD.ordinal();
    private static final int ACTIVE = State.ACTIVE.ordinal();
    private static final int VOLATILE = State.VOLATILE.ordinal();
    private static final int PURGING = State.PURGING.ordinal();
    private static final int PURGED = State.PURGED.ordinal();
    private static final State[] STATES = State.values();
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(VolatileRun.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by STATE
    private volatile int state = HELD;

    /// Bytes; page-aligned. Written while HELD.
    private long address;

    /// Bytes; a multiple of the page size. Written while HELD.
    private long size;

    /// When it was last marked, by the owner's ticker; published by the state.
    private long markedAt;

    /// Whether every byte is known to read as zero; published by the state.
    private boolean knownZero;

    /// Whether a purge was finished since the run was held last; published by the state.
    private boolean disturbed;

    // The registry's: guarded by its lock.
    VolatileRun older;
    VolatileRun younger;
    boolean listed;
    long listedBytes;

    /// A run that is held by its creator.
    ///
    /// @param address page-aligned start in bytes
    /// @param size    bytes, a positive multiple of the page size
    protected VolatileRun(long address, long size) {
        this.address = address;
        this.size = size;
    }

    /// {@return the start in bytes} Stable unless the run is held by somebody else.
    public final long address() {
        return address;
    }

    /// {@return the size in bytes} Stable unless the run is held by somebody else.
    public final long size() {
        return size;
    }

    /// {@return the end in bytes, exclusive}
    public final long end() {
        return address + size;
    }

    /// {@return the state at some moment during the call}
    public final State state() {
        return STATES[(int) STATE.getAcquire(this)];
    }

    /// {@return whether it is handed out}
    public final boolean isActive() {
        return (int) STATE.getAcquire(this) == ACTIVE;
    }

    /// {@return when it was last marked, by the owner's ticker}
    public final long markedAt() {
        return markedAt;
    }

    /// {@return whether every byte is known to read as zero} Means something to who holds the run.
    public final boolean isKnownZero() {
        return knownZero;
    }

    /// {@return whether the contents may differ from those with which it was released as volatile} So after a purge, also
    /// after one that was refused, because pages may have gone before the refusal. Means something for a run that was
    /// let go by [#releaseVolatile], to who holds it or has taken it back.
    public final boolean isDisturbed() {
        return disturbed;
    }

    /// Changes the extent of a held run.
    protected final void resize(long newAddress, long newSize) {
        assert state() == State.HELD : this;
        address = newAddress;
        size = newSize;
    }

    /// Sets what is known about the contents of a held run.
    public final void setKnownZero(boolean zero) {
        assert state() == State.HELD : this;
        knownZero = zero;
    }

    /// Sets the age with which a held run will stand in line.
    public final void setMarkedAt(long at) {
        assert state() == State.HELD : this;
        markedAt = at;
    }

    /// Active to volatile: the memory may be taken from now on.
    ///
    /// @param now the age to stand in line with, by the owner's ticker
    /// @return false, and nothing has changed, if the run was not active
    public final boolean mark(long now) {
        if (!STATE.compareAndSet(this, ACTIVE, VOLATILE)) {
            return false;
        }
        markedAt = now;                                 // only by the winner; nobody has been told of the run yet
        knownZero = false;
        return true;
    }

    /// Volatile to active.
    ///
    /// @return whether the memory was still there and is safe again; if not, nothing has changed
    public final boolean reuse() {
        return STATE.compareAndSet(this, VOLATILE, ACTIVE);
    }

    /// Volatile to held.
    ///
    /// @return whether the memory was still there and is safe again; if not, nothing has changed
    public final boolean holdVolatile() {
        return STATE.compareAndSet(this, VOLATILE, HELD);
    }

    /// Purged to held.
    ///
    /// @return whether it was purged; if not, nothing has changed
    public final boolean holdPurged() {
        return STATE.compareAndSet(this, PURGED, HELD);
    }

    /// Active to held.
    ///
    /// @return whether it was active; if not, nothing has changed
    public final boolean holdActive() {
        return STATE.compareAndSet(this, ACTIVE, HELD);
    }

    /// Held to active: it is handed out.
    public final void activate() {
        move(HELD, ACTIVE);
    }

    /// Held to volatile, with the age it has.
    public final void releaseVolatile() {
        knownZero = false;
        disturbed = false;
        move(HELD, VOLATILE);
    }

    /// Held to purged: it has no memory.
    public final void releasePurged() {
        move(HELD, PURGED);
    }

    /// Volatile to purging.
    ///
    /// @return whether the caller is now the one who purges it; if not, nothing has changed
    public final boolean claim() {
        return STATE.compareAndSet(this, VOLATILE, PURGING);
    }

    /// Purging back to volatile, untouched: the claimer has thought better of it.
    public final void unclaim() {
        move(PURGING, VOLATILE);
    }

    /// Purging to purged, or back to volatile when the memory could not be given back.
    ///
    /// @param purged whether every page has lost its memory; if not, some may have, and nothing is known
    ///               about the contents
    public final void finish(boolean purged) {
        knownZero = purged;
        disturbed = true;
        move(PURGING, purged ? PURGED : VOLATILE);
    }

    /// Tells the owner that a purger has finished with the run, after the state has changed; with no lock
    /// held. By now anybody may have taken the run on.
    ///
    /// @param purged what [#finish] was given
    /// @param bytes  the size of the run while it was claimed
    protected abstract void purgeFinished(boolean purged, long bytes);

    /// Tells the owners that a purger has given back runs of a batch. An owner that can be told of several at once
    /// answers for those that follow this one.
    ///
    /// @param batch where this run is at `from`; all runs before `end` are finished, with success
    /// @param from  the first that nobody has been told of
    /// @param end   behind the last that is finished
    /// @return the first that nobody has been told of now, above `from`
    protected int purgesFinished(PurgeBatch batch, int from, int end) {
        purgeFinished(true, batch.bytes(from));
        return from + 1;
    }

    private void move(int from, int to) {
        final boolean moved = STATE.compareAndSet(this, from, to);
        assert moved : this + ": expected " + STATES[from] + " on the way to " + STATES[to];
    }

    @Override
    public String toString() {
        return "run[0x%x, %d bytes, %s]".formatted(address, size, state());
    }
}
