package io.offheap.memory.pressure;

import io.offheap.memory.os.PollSet.Interest;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.OsException;

/// A descriptor on which the kernel says that memory may have become short. What it says is a reason to look, and
/// for a stall also a level of its own.
///
/// The set-up is for the daemon's thread; [#close] for any.
final class PressureEvent {

    /// 150 ms of stalls in 2 s: a process without privileges may set windows that are multiples of 2 s
    /// (Linux accounting/psi.rst), and a shorter stall is not yet a shortage.
    static final String STALL_TRIGGER = "some 150000 2000000";

    private final KeptFile file;
    private final Interest interest;
    private final MemoryPressure meaning;

    private PressureEvent(KeptFile file, Interest interest, MemoryPressure meaning) {
        this.file = file;
        this.interest = interest;
        this.meaning = meaning;
    }

    /// {@return an event counter that the kernel was told to count up}
    static PressureEvent ofCounter(KeptFile counter) {
        return new PressureEvent(counter, Interest.READABLE, MemoryPressure.NONE);
    }

    /// {@return a file whose changes are reported to those who poll it}
    ///
    /// @throws OsException if it cannot be opened
    static PressureEvent ofChanges(SystemFiles files, String path) {
        return new PressureEvent(KeptFile.open(files, path), Interest.URGENT, MemoryPressure.NONE);
    }

    /// {@return a trigger on a file of pressure stall information: threads wait for memory}
    ///
    /// @throws OsException if there is no such file, or the process may not set a trigger
    static PressureEvent ofStalls(SystemFiles files, String path) {
        return new PressureEvent(KeptFile.openWith(files, path, STALL_TRIGGER), Interest.URGENT, MemoryPressure.SOME);
    }

    /// {@return what a limit could not say: threads stall although no limit that is visible is near}
    MemoryPressure meaning() {
        return meaning;
    }

    /// {@return what to wait for on [#descriptor]}
    Interest interest() {
        return interest;
    }

    /// As [KeptFile#enter].
    boolean enter() {
        return file.enter();
    }

    /// As [KeptFile#leave].
    void leave() {
        file.leave();
    }

    /// {@return the descriptor} For who has entered.
    int descriptor() {
        return file.descriptor();
    }

    /// Takes the event in, so that it can happen again. One that cannot be taken in is closed: it would wake for ever,
    /// as the file of a group does that was removed.
    void acknowledge(Text scratch) {
        try {
            if (interest == Interest.READABLE) {
                file.drain();
            } else {
                file.look(scratch);
            }
        } catch (OsException _) {
            close();
        }
    }

    void close() {
        file.close();
    }

    @Override
    public String toString() {
        return file.path();
    }
}
