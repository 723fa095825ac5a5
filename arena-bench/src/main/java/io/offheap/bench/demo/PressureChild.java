package io.offheap.bench.demo;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.child.ParentLink;
import io.offheap.bench.measure.CpuTime;
import io.offheap.bench.measure.ResidentMemory;
import java.util.concurrent.TimeUnit;

/// The pressure child: takes memory until contestant and child together exceed the budget a little, gives
/// a part back, takes again, and touches what it holds all the while, so that memory stays short.
///
/// It measures its own CPU time and sleeps as much as is needed to stay within its share of a core, so that
/// what the contestant loses is lost to short memory, not to a stolen processor. While the contestant waits for
/// its turn, the child rests: it keeps what it holds and touches nothing. Averages and shares are of the time
/// in which it pressed.
final class PressureChild {

    /// The share of a core that the child works at; what the JVM does beside the work fits below 5 %.
    static final double CPU_SHARE = 0.035;

    /// How far beyond the budget the child goes before it gives back.
    private static final long EXCESS_BYTES = 2 << 20;

    /// The part of its memory that the child gives back.
    private static final int GIVE_BACK_PART = 8;

    private static final int TOUCHED_BLOCKS = 4;

    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final ParentLink parent = new ParentLink();
    private final Holdings holdings = new Holdings();
    private final ResidentMemory own = new ResidentMemory(ProcessHandle.current().pid());

    private long peakBytes;
    private long takenBytes;
    private long rounds;
    private double byteNanos;
    private long activeNanos;

    private PressureChild() {}

    /// Takes no arguments; the parent says what to do.
    static void main(String[] args) {
        final PressureChild child = new PressureChild();
        try {
            child.run();
        } catch (Throwable thrown) {
            child.parent.say(ChildFailedException.messageFor(thrown));
            Runtime.getRuntime().halt(1);
        }
    }

    private void run() throws InterruptedException {
        new CpuClock().nanos(); // loads what measuring needs
        parent.say(Message.of("READY"));
        final Message fill = parent.await();
        final long budget = fill.number("budget");
        try (ResidentMemory watched = new ResidentMemory(fill.number("watched"))) {
            fill(budget, watched);
            parent.say(Message.of("FULL"));
            final CpuClock cpu = new CpuClock();
            while (parent.await().word().equals("GO")) {
                press(budget, watched, cpu);
                parent.say(Message.of("RESTED"));
            }
            parent.say(pressed(cpu));
        }
        parent.await();
    }

    private void fill(long budget, ResidentMemory watched) {
        while (own.bytes() + watched.bytes() < budget && holdings.take()) {
            holdings.touchAgain(1);
        }
    }

    /// Presses until the parent says something.
    private void press(long budget, ResidentMemory watched, CpuClock cpu) throws InterruptedException {
        long last = System.nanoTime();
        Message order = null;
        while (order == null) {
            step(budget, watched);
            final long pause = (long) (cpu.nanos() / CPU_SHARE) - activeNanos - (System.nanoTime() - last);
            order = parent.poll(Math.max(pause, SHORTEST_PAUSE_NANOS));
            final long now = System.nanoTime();
            byteNanos += (double) holdings.bytes() * (now - last);
            activeNanos += now - last;
            last = now;
        }
    }

    private Message pressed(CpuClock cpu) {
        final long active = Math.max(1, activeNanos);
        return Message.of("PRESSED")
                .with("peakBytes", peakBytes)
                .with("averageBytes", (long) (byteNanos / active))
                .with("takenBytes", takenBytes)
                .with("rounds", rounds)
                .with("cpuShare", cpu.nanos() / (double) active);
    }

    /// Takes a block, or gives a part back when the budget is exceeded or nothing is left to take.
    private void step(long budget, ResidentMemory watched) {
        final boolean exceeded = own.bytes() + watched.bytes() > budget + EXCESS_BYTES;
        if (!exceeded && holdings.take()) {
            takenBytes += Holdings.BLOCK_BYTES;
        } else if (holdings.blocks() > 0) {
            holdings.giveBack(Math.max(1, holdings.blocks() / GIVE_BACK_PART));
            rounds++;
        }
        peakBytes = Math.max(peakBytes, holdings.bytes());
        holdings.touchAgain(TOUCHED_BLOCKS);
    }

    /// CPU time since a moment: the process's, or this thread's while its finer clock is ahead.
    private static final class CpuClock {
        private final long thread = CpuTime.threadNanos();
        private final long process = CpuTime.processNanos();

        long nanos() {
            return Math.max(CpuTime.threadNanos() - thread, CpuTime.processNanos() - process);
        }
    }
}
