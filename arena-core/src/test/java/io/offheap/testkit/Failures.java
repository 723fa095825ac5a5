package io.offheap.testkit;

import io.offheap.memory.os.Errno;
import io.offheap.memory.types.OsException;
import java.util.ArrayList;
import java.util.List;

/// Which one of the calls that can fail does fail. Thread-safe.
final class Failures {

    /// What a call may fail with that the library must live through.
    static final List<Errno> EACH_ERRNO = List.of(Errno.ENOMEM, Errno.EAGAIN, Errno.EINVAL, Errno.EPERM, Errno.ENOSYS);

    private final long nth;
    private final Errno errno;
    private long calls;
    private String failed;

    /// @param nth   the call to fail, from 1; 0 for none
    /// @param errno what it fails with
    Failures(long nth, Errno errno) {
        this.nth = nth;
        this.errno = errno;
    }

    /// Counts a call before it is made.
    ///
    /// @return whether this one is to fail
    synchronized boolean isNext(String call) {
        calls++;
        if (calls != nth) {
            return false;
        }
        failed = call;
        return true;
    }

    /// Counts a call before it is made, and throws if it is the one to fail.
    void next(String call, String arguments) {
        if (isNext(call)) {
            throw failure(call, arguments);
        }
    }

    /// {@return what a failing call throws}
    OsException failure(String call, String arguments) {
        return errno.of(call, arguments);
    }

    synchronized long calls() {
        return calls;
    }

    /// {@return which call failed, as `call #n ERRNO`, or null if none did}
    synchronized String failed() {
        return failed == null ? null : failed + " #" + nth + " " + errno;
    }

    /// A program with everything it needs anew, under the failures it is given.
    @FunctionalInterface
    interface Run {
        /// Throws what the program throws.
        void run(Failures failures) throws Exception;
    }

    /// Runs once and counts, then runs again failing the 1st, 2nd, ... last call with each error.
    ///
    /// @throws AssertionError if a run throws anything but the failure itself or [OutOfMemoryError], or if it
    ///                        makes fewer calls up to the failure than the first one did
    static FailureReport countThenFailEach(List<Errno> errnos, Run run) {
        final var none = new Failures(0, Errno.ENOMEM);
        try {
            run.run(none);
        } catch (Exception e) {
            throw new AssertionError("without any failure: " + e, e);
        }
        final var absorbed = new ArrayList<String>();
        for (final var errno : errnos) {
            for (long nth = 1; nth <= none.calls(); nth++) {
                final var failures = new Failures(nth, errno);
                final boolean ended = endsNormally(run, failures);
                if (failures.failed() == null) {
                    throw new AssertionError("ended before call #" + nth + " of " + none.calls());
                }
                if (ended) {
                    absorbed.add(failures.failed());
                }
            }
        }
        return new FailureReport(none.calls(), List.copyOf(absorbed));
    }

    private static boolean endsNormally(Run run, Failures failures) {
        try {
            run.run(failures);
            return true;
        } catch (OsException e) {
            if (e.errno() == failures.errno.number()) {
                return false;
            }
            throw new AssertionError("after " + failures.failed() + ": " + e, e);
        } catch (OutOfMemoryError expected) {
            return false;
        } catch (Exception | AssertionError e) {
            throw new AssertionError("after " + failures.failed() + ": " + e, e);
        }
    }
}
