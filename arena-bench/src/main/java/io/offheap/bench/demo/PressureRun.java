package io.offheap.bench.demo;

import io.offheap.bench.child.ChildProcess;
import io.offheap.bench.child.Message;
import io.offheap.bench.measure.ResidentMemory;

/// The parent's side of one pressure child: its steps, and the budget it is given.
///
/// ## Contract
/// [#awaitReady], [#share], [#fill], then [#go] and [#rest] in turn, then [#stop]. The child is its starter's to close.
final class PressureRun {

    private final ChildProcess child;
    private long budgetBytes;
    private long roomBytes;

    /// @param child was started
    PressureRun(ChildProcess child) {
        this.child = child;
    }

    /// Waits until the child is up.
    void awaitReady() throws InterruptedException {
        child.expect("READY");
    }

    /// Sets the budget, by what the child has resident now and what the contestant needs.
    ///
    /// @param contestantBytes what the contestant has resident before the load, and the load
    void share(Budget budget, long contestantBytes) {
        try (ResidentMemory resident = new ResidentMemory(child.pid())) {
            final long needed = contestantBytes + resident.bytes();
            budgetBytes = budget.bytes(needed);
            roomBytes = Math.max(0, budgetBytes - needed);
        }
    }

    /// {@return what both may have resident}
    long budgetBytes() {
        return budgetBytes;
    }

    /// {@return the child's process id}
    long pid() {
        return child.pid();
    }

    /// Lets the child take memory up to the budget. Then it rests.
    ///
    /// @param watchedPid the contestant
    void fill(long watchedPid) throws InterruptedException {
        child.say(Message.of("FILL").with("budget", budgetBytes).with("watched", watchedPid));
        child.expect("FULL");
    }

    /// Lets the child press.
    void go() {
        child.say(Message.of("GO"));
    }

    /// Lets the child rest, and waits until it does.
    void rest() throws InterruptedException {
        child.say(Message.of("REST"));
        child.expect("RESTED");
    }

    /// Ends the child, which rests.
    ///
    /// @return what the child obtained
    RunResult.Pressure stop() throws InterruptedException {
        child.say(Message.of("STOP"));
        final Message pressed = child.expect("PRESSED");
        child.say(Message.of("EXIT"));
        return new RunResult.Pressure(
                budgetBytes,
                roomBytes,
                pressed.number("averageBytes"),
                pressed.number("peakBytes"),
                pressed.number("takenBytes"),
                pressed.number("rounds"),
                pressed.decimal("cpuShare"));
    }
}
