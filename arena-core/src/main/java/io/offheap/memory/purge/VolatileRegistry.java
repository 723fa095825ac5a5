package io.offheap.memory.purge;

import io.offheap.memory.util.RankedLock;

/// Volatile runs in the order of their age: the oldest is found at once.
///
/// A doubly linked list through the runs themselves, so that a run enters and leaves in O(1) and nothing
/// is allocated. The list only finds: whether a run may be purged is decided by its state word, which the
/// owner may change at any moment without telling the registry first.
///
/// ## Concurrency
/// One lock, of rank `VOLATILE_REGISTRY`, held for a few loads and stores and never across a system call.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **R1** the links of the list agree in both directions, and exactly its members are `listed`
/// - **R2** `bytes` and `count` are the sums over the list, of the sizes that the registry was told last
/// - **R3** marks do not decrease from the oldest to the youngest
public final class VolatileRegistry {

    private final RankedLock lock = new RankedLock(RankedLock.Rank.VOLATILE_REGISTRY);

    // All guarded by the lock.
    private VolatileRun oldest;
    private VolatileRun youngest;
    private int count;
    private long bytes;

    /// Enters a run at the place of its mark: O(1) for the youngest, a walk from the young end otherwise.
    /// Does nothing if it is a member already.
    public void add(VolatileRun run) {
        lock.lock();
        try {
            if (run.listed) {
                return;
            }
            VolatileRun before = youngest;
            while (before != null && before.markedAt() - run.markedAt() > 0) {
                before = before.older;
            }
            link(run, before);
            assert checkInvariantsIfSmall();
        } finally {
            lock.unlock();
        }
    }

    /// Lets a run stand where another stood: the rest of one that was split, or the union of merged ones.
    /// Enters it at the place of its mark if the other has left already.
    ///
    /// @param gone the run that leaves
    /// @param part the run that takes its place, with the same mark, no member yet
    public void replace(VolatileRun gone, VolatileRun part) {
        lock.lock();
        try {
            assert gone.markedAt() == part.markedAt() : gone + " by " + part;
            if (gone.listed) {
                final var before = gone.older;
                unlink(gone);
                link(part, before);
                assert checkInvariantsIfSmall();
                return;
            }
        } finally {
            lock.unlock();
        }
        add(part);
    }

    /// Enters a part of a member that was cut, right behind it, so that both keep their place in the line. O(1).
    ///
    /// @param part   no member yet, with the mark of `member`
    /// @param member a member
    public void addBehind(VolatileRun part, VolatileRun member) {
        lock.lock();
        try {
            assert member.listed && part.markedAt() == member.markedAt() : part + " behind " + member;
            link(part, member);
            assert checkInvariantsIfSmall();
        } finally {
            lock.unlock();
        }
    }

    /// Notes that the size of a run has changed. Does nothing if it is no member.
    public void resized(VolatileRun run) {
        lock.lock();
        try {
            if (run.listed) {
                bytes += run.size() - run.listedBytes;
                run.listedBytes = run.size();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Lets a run leave. Does nothing if it has left already: a purger takes what it claims out of the list.
    public void remove(VolatileRun run) {
        lock.lock();
        try {
            if (run.listed) {
                unlink(run);
            }
            assert checkInvariantsIfSmall();
        } finally {
            lock.unlock();
        }
    }

    /// {@return when the oldest member was marked, or [VolatileSource#NOTHING]}
    public long oldestMark() {
        lock.lock();
        try {
            return oldest == null ? VolatileSource.NOTHING : oldest.markedAt();
        } finally {
            lock.unlock();
        }
    }

    /// {@return the oldest member, which stays one, or null}
    public VolatileRun oldest() {
        lock.lock();
        try {
            return oldest;
        } finally {
            lock.unlock();
        }
    }

    /// {@return whether a run is a member}
    public boolean contains(VolatileRun run) {
        lock.lock();
        try {
            return run.listed;
        } finally {
            lock.unlock();
        }
    }

    /// Claims the oldest member that is still volatile, and takes it out. Members that are not are being
    /// taken by their owner, who will take them out: they are passed over.
    ///
    /// @return the run, claimed, or null if there is none
    public VolatileRun claimOldest() {
        lock.lock();
        try {
            for (var run = oldest; run != null; run = run.younger) {
                if (run.claim()) {
                    unlink(run);
                    return run;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// Claims the oldest member that is large enough and still volatile, and takes it out, as [#claimOldest] does.
    ///
    /// @param leastBytes smaller members are passed over
    /// @param deadline   only members that were marked before; [VolatileSource#NOTHING] for all
    /// @param looks      members that are looked at, at most
    /// @return the run, claimed, or null if none was found
    public VolatileRun claimOldest(long leastBytes, long deadline, int looks) {
        lock.lock();
        try {
            int left = looks;
            for (var run = oldest; run != null && left-- > 0; run = run.younger) {
                if (deadline != VolatileSource.NOTHING && run.markedAt() - deadline >= 0) {
                    return null;
                }
                if (run.listedBytes >= leastBytes && run.claim()) {
                    unlink(run);
                    return run;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// {@return the bytes of all members}
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    private void link(VolatileRun run, VolatileRun before) {
        assert lock.isHeldByCurrentThread() && !run.listed : run;
        final var after = before == null ? oldest : before.younger;
        run.older = before;
        run.younger = after;
        if (before == null) {
            oldest = run;
        } else {
            before.younger = run;
        }
        if (after == null) {
            youngest = run;
        } else {
            after.older = run;
        }
        run.listed = true;
        run.listedBytes = run.size();
        count++;
        bytes += run.listedBytes;
    }

    private void unlink(VolatileRun run) {
        assert lock.isHeldByCurrentThread() && run.listed : run;
        if (run.older == null) {
            oldest = run.younger;
        } else {
            run.older.younger = run.younger;
        }
        if (run.younger == null) {
            youngest = run.older;
        } else {
            run.younger.older = run.older;
        }
        run.older = null;
        run.younger = null;
        run.listed = false;
        count--;
        bytes -= run.listedBytes;
    }

    private boolean checkInvariantsIfSmall() {
        return count > 64 || checkInvariantsLocked();
    }

    /// Recomputes what the fields cache and compares. O(members).
    ///
    /// @return true, so that it can stand in an `assert`
    /// @throws AssertionError naming the invariant, the expected and the actual value
    public boolean checkInvariants() {
        lock.lock();
        try {
            return checkInvariantsLocked();
        } finally {
            lock.unlock();
        }
    }

    private boolean checkInvariantsLocked() {
        int seen = 0;
        long sum = 0;
        VolatileRun last = null;
        for (var run = oldest; run != null; run = run.younger) {
            check("R1", last, run.older);
            check("R1", true, run.listed);
            check("R3", true, last == null || last.markedAt() - run.markedAt() <= 0);
            seen++;
            sum += run.listedBytes;
            last = run;
        }
        check("R1", last, youngest);
        check("R2", seen, count);
        check("R2", sum, bytes);
        return true;
    }

    private static void check(String invariant, Object expected, Object actual) {
        if (expected == null ? actual != null : !expected.equals(actual)) {
            throw new AssertionError(invariant + ": expected " + expected + ", found " + actual);
        }
    }
}
