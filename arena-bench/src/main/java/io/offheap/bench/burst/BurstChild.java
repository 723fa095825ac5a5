package io.offheap.bench.burst;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.child.ParentLink;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.SharedBudget;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The contestant child: does what its parent says, and nothing in between.
///
/// ```
///   -> UP                    classes loaded, a small burst given back
///   <- FILL     -> DONE
///   <- FREE     -> DONE
///   <- PRESS    -> DONE      told: whether it could be told that memory is short
///   <- RELIEVE  -> DONE
///   <- PURGE    -> DONE
/// ```
final class BurstChild {

    private static final int FAILED = 3;

    /// The part of the burst that is done before, so that classes are loaded and code is compiled.
    private static final int WARM_UP_PART = 64;

    private BurstChild() {}

    /// @param args the contestant, the size of a block, the bytes of all
    static void main(String[] args) {
        final ParentLink parent = new ParentLink();
        try {
            run(parent, args[0], Long.parseLong(args[1]), Long.parseLong(args[2]));
        } catch (Throwable thrown) {
            final Throwable cause = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
            parent.say(ChildFailedException.messageFor(cause));
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private static void run(ParentLink parent, String name, long blockBytes, long bytes)
            throws InterruptedException, ExecutionException {
        try (Contestant contestant = Contestants.create(name, SharedBudget.NONE);
                ExecutorService thread =
                        Executors.newSingleThreadExecutor(work -> contestant.newThread("burst", work))) {
            final Burst warmUp = new Burst(contestant, blockBytes, Math.max(blockBytes, bytes / WARM_UP_PART));
            thread.submit(warmUp::fill).get();
            thread.submit(warmUp::free).get();
            thread.submit(contestant::purge).get();
            parent.say(Message.of("UP").with("version", contestant.version()));
            final Burst burst = new Burst(contestant, blockBytes, bytes);
            for (Message order = parent.await(); !order.word().equals("EXIT"); order = parent.await()) {
                boolean told = true;
                switch (order.word()) {
                    case "FILL" -> thread.submit(burst::fill).get();
                    case "FREE" -> thread.submit(burst::free).get();
                    case "PRESS" -> told = contestant.press(true);
                    case "RELIEVE" -> told = contestant.press(false);
                    case "PURGE" -> thread.submit(contestant::purge).get();
                    default -> throw new IllegalArgumentException(order.line());
                }
                parent.say(Message.of("DONE").with("told", told));
            }
        }
    }
}
