package io.offheap.bench.burst;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.ChildProcess;
import io.offheap.bench.child.Message;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.measure.ResidentMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// One contestant's burst, watched from outside its process.
///
/// The first burst is followed by silence, in which its memory may decay. Who can be told of pressure has another
/// burst, freed and then told at once, and one more that is purged: after the silence nothing would be left to
/// give back.
final class BurstRun implements Callable<BurstRun.Seen> {

    /// When all blocks are touched.
    static final String FULL = "full";

    /// A second after the allocator was told that memory is short.
    static final String PRESSURE = "pressure";

    /// When `purge()` has returned.
    static final String PURGE = "purge";

    /// Everything is freed, and so many seconds have passed.
    static final String AFTER = "t";

    /// A heap of a fixed size that is touched at the start, so that what changes in resident memory is the
    /// contestant's; room for the objects of all blocks.
    private static final List<String> FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xms256m",
            "-Xmx256m",
            "-XX:+AlwaysPreTouch",
            "-XX:MaxDirectMemorySize=8g");

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long PRESSURE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// How often is looked for the moment at which enough was given back.
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Setup setup;
    private final long blockBytes;
    private final long bytes;
    private final List<Integer> seconds;
    private final ReentrantLock work;
    private final Map<String, Long> at = new LinkedHashMap<>();
    private String version = "";
    private Optional<Long> gaveWayNanos = Optional.empty();

    /// @param seconds when to look after the last free, in ascending order
    /// @param work held by the one run that is at work; the others wait or are silent
    BurstRun(Setup setup, long blockBytes, long bytes, List<Integer> seconds, ReentrantLock work) {
        this.setup = setup;
        this.blockBytes = blockBytes;
        this.bytes = bytes;
        this.seconds = seconds;
        this.work = work;
    }

    /// What was seen.
    ///
    /// @param setup the contestant
    /// @param version of the contestant
    /// @param blockBytes the size of a block
    /// @param bytes of all blocks
    /// @param beforeBytes resident before the burst
    /// @param at resident at each moment, in order
    /// @param gaveWayNanos how long after it was told that memory is short no more was resident than may stay; empty if that
    ///     was not within a second, or it was not told
    /// @param failure why it came to no end, if it did not
    record Seen(
            Setup setup,
            String version,
            long blockBytes,
            long bytes,
            long beforeBytes,
            Map<String, Long> at,
            Optional<Long> gaveWayNanos,
            Optional<ChildFailedException> failure) {

        /// What may stay of a burst: so much, or such a part of it.
        private static final long MAY_STAY_BYTES = 16 << 20;
        private static final int MAY_STAY_PART = 20;

        /// {@return how much more than before a burst may be resident after it}
        static long mayStayBytes(long burstBytes) {
            return Math.max(MAY_STAY_BYTES, burstBytes / MAY_STAY_PART);
        }

        /// {@return how much more is resident at a moment than before the burst}
        Optional<Long> grown(String moment) {
            return Optional.ofNullable(at.get(moment)).map(resident -> resident - beforeBytes);
        }
    }

    @Override
    public Seen call() throws InterruptedException {
        final List<String> flags = new ArrayList<>(FLAGS);
        flags.addAll(setup.flags());
        work.lock();
        try (ChildProcess child = ChildProcess.start(
                        setup.name(),
                        BurstChild.class,
                        flags,
                        List.of(setup.name(), Long.toString(blockBytes), Long.toString(bytes)),
                        setup.environment());
                ResidentMemory resident = new ResidentMemory(child.pid())) {
            return watch(child, resident);
        } finally {
            if (work.isHeldByCurrentThread()) {
                work.unlock();
            }
        }
    }

    /// {@return what is known of a run that could not be made}
    Seen failed(Throwable cause) {
        return seen(0, Optional.of(new ChildFailedException(ChildFailedException.FAILED, cause.toString())));
    }

    private Seen watch(ChildProcess child, ResidentMemory resident) throws InterruptedException {
        long before = 0;
        try {
            version = await(child, "UP").text("version");
            before = resident.bytes();
            order(child, "FILL");
            at.put(FULL, resident.bytes());
            order(child, "FREE");
            final long freed = System.nanoTime();
            work.unlock();
            for (int second : seconds) {
                awaitMoment(freed + TimeUnit.SECONDS.toNanos(second));
                at.put(AFTER + second, resident.bytes());
            }
            work.lock();
            ask(child, resident, before + Seen.mayStayBytes(bytes));
            return seen(before, Optional.empty());
        } catch (ChildFailedException failed) {
            return seen(before, Optional.of(failed));
        }
    }

    /// Nothing changes here for a contestant that cannot be told.
    private void ask(ChildProcess child, ResidentMemory resident, long mayStayBytes) throws InterruptedException {
        if (!isTold(child, "RELIEVE")) {
            return;
        }
        order(child, "FILL");
        order(child, "FREE");
        order(child, "PRESS");
        watchGivingWay(resident, mayStayBytes);
        at.put(PRESSURE, resident.bytes());
        order(child, "RELIEVE");
        order(child, "FILL");
        order(child, "FREE");
        order(child, "PURGE");
        at.put(PURGE, resident.bytes());
    }

    /// Looks for a second, from the moment at which the contestant was told.
    private void watchGivingWay(ResidentMemory resident, long mayStayBytes) {
        final long told = System.nanoTime();
        for (long now = told; now - told < PRESSURE_NANOS; now = System.nanoTime()) {
            if (gaveWayNanos.isEmpty() && resident.bytes() <= mayStayBytes) {
                gaveWayNanos = Optional.of(now - told);
            }
            awaitMoment(Math.min(now + LOOK_NANOS, told + PRESSURE_NANOS));
        }
    }

    private Seen seen(long before, Optional<ChildFailedException> failure) {
        return new Seen(setup, version, blockBytes, bytes, before, Collections.unmodifiableMap(at), gaveWayNanos, failure);
    }

    private static void order(ChildProcess child, String word) throws InterruptedException {
        isTold(child, word);
    }

    private static boolean isTold(ChildProcess child, String word) throws InterruptedException {
        child.say(Message.of(word));
        return Boolean.parseBoolean(await(child, "DONE").text("told"));
    }

    private static Message await(ChildProcess child, String word) throws InterruptedException {
        final Message message = child.poll(word, PATIENCE);
        if (message == null) {
            throw new ChildFailedException(
                    ChildFailedException.FAILED, "no " + word + " within " + PATIENCE.toSeconds() + " s");
        }
        return message;
    }

    private static void awaitMoment(long moment) {
        for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
