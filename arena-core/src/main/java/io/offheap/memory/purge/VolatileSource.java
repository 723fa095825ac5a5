package io.offheap.memory.purge;

/// A place where volatile runs wait, which can offer its oldest.
///
/// Called by purgers on any thread, with no lock held; answers may be outdated when they arrive, since
/// only the state word of a run decides (see [VolatileRun]).
public interface VolatileSource {

    /// What [#oldestMark] answers when nothing is volatile.
    long NOTHING = Long.MAX_VALUE;

    /// {@return when the oldest volatile run was marked, by the ticker that all sources of one purger
    /// share, or [#NOTHING]}
    long oldestMark();

    /// Claims the oldest volatile run and adds it to the batch; those that come next too, where one look at the source
    /// serves for several. A run that is much larger than what is wanted may be split first.
    ///
    /// @param batch       not full
    /// @param wantedBytes how much memory is still to be given back, positive: no further run once that is reached
    /// @param until       no further run but those that were marked before it: another source has one that is older;
    ///                    [#NOTHING] for any
    /// @return whether a run was claimed
    boolean claimOldest(PurgeBatch batch, long wantedBytes, long until);

    /// Claims the oldest volatile run that has at least [PurgePolicy#UNIT] bytes and adds it to the batch; best
    /// effort, a source need not search for long.
    ///
    /// @param batch    not full
    /// @param deadline only runs that were marked before, by the ticker; [#NOTHING] for all
    /// @return whether a run was claimed
    default boolean claimOldestUnit(PurgeBatch batch, long deadline) {
        return false;
    }

    /// {@return whether one mark is older than another} Nothing is the youngest of all.
    static boolean isBefore(long mark, long other) {
        return mark != NOTHING && (other == NOTHING || mark - other < 0);
    }

    /// {@return whether runs from here may be purged although nobody is short of memory, as decay does} Not if their
    /// contents are worth something to somebody. Always the same answer.
    default boolean decays() {
        return true;
    }

    /// Claims the oldest volatile run as [#claimOldest] does, unless it is larger than `mostBytes` and cannot be
    /// split.
    ///
    /// @param batch     not full
    /// @param mostBytes how much memory may be given back, positive
    /// @return whether a run was claimed
    boolean claimOldestWithin(PurgeBatch batch, long mostBytes);
}
