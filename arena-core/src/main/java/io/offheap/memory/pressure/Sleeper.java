package io.offheap.memory.pressure;

import io.offheap.memory.os.PollSet;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// How the daemon's thread sleeps between two turns, and what ends its sleep.
///
/// | what | ends the sleep |
/// | --- | --- |
/// | the time is over | at once |
/// | [#wake] | at once |
/// | [#hint], or an event of the kernel | as [Throttle] allows; until then the thread does not wait for events at all |
///
/// All in one `poll`, on an event descriptor of our own and on those of the events. Where there is no such descriptor,
/// or it fails, the thread parks instead, and hears no event. When the `poll` fails together with events, they
/// are left out for [#DEAF_NANOS].
///
/// ## Concurrency
/// One thread sleeps. Any thread may wake and hint, with no lock held, since both may be a system call.
final class Sleeper {

    /// How long the kernel's events are not waited for after waiting for them failed.
    static final long DEAF_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final String WHO = "waiting of " + MemoryDaemon.THREAD_NAME;

    private final SystemFiles files;
    private final Ticker ticker;
    private final DistinctErrors errors;
    private final Rounds rounds;

    /// Written by the thread that sleeps alone; null where there is none.
    private volatile KeptFile event;

    /// Whether a wake-up is under way, so that many wishes cost one system call.
    private final AtomicBoolean isWoken = new AtomicBoolean();

    /// Whether a hint is under way.
    private final AtomicBoolean isHinted = new AtomicBoolean();

    // Of the thread that sleeps.
    private final Throttle throttle;
    private final PollSet polled = new PollSet();
    private final Text scratch = new Text();
    private long hearsFromNanos;

    /// @param rounds says which events there are, and is told which have happened
    Sleeper(SystemFiles files, Ticker ticker, DistinctErrors errors, Rounds rounds) {
        this.files = files;
        this.ticker = ticker;
        this.errors = errors;
        this.rounds = rounds;
        this.throttle = new Throttle(ticker.nanos());
        this.hearsFromNanos = ticker.nanos();
        this.event = createEvent();
    }

    private KeptFile createEvent() {
        try {
            return KeptFile.ofEvent(files);
        } catch (OsException e) {
            errors.report("the event descriptor of " + MemoryDaemon.THREAD_NAME, e);
            return null;
        }
    }

    /// Notes a turn of the daemon.
    void tookTurn(long nowNanos, boolean isShort) {
        throttle.took(nowNanos, isShort);
    }

    /// Ends the sleep of a thread, or its next one.
    void wake(Thread sleeping) {
        if (!isWoken.getAndSet(true)) {
            rouse(sleeping);
        }
    }

    /// Ends the sleep of a thread soon. A hint that comes during a wake-up is answered by it.
    void hint(Thread sleeping) {
        if (!isWoken.get() && !isHinted.getAndSet(true)) {
            rouse(sleeping);
        }
    }

    /// Both ways, since the thread may be about to change from one to the other.
    private void rouse(Thread sleeping) {
        final var own = event;
        if (own != null) {
            try {
                own.signal();
            } catch (OsException e) {
                errors.report("waking of " + MemoryDaemon.THREAD_NAME, e);
            }
        }
        LockSupport.unpark(sleeping);
    }

    /// Sleeps. Wake-ups are taken back before it returns: a wish that found one under way, and did not signal, is seen
    /// by the turn that follows.
    ///
    /// @param pauseNanos the longest
    void sleep(long pauseNanos) {
        await(pauseNanos);
        isHinted.set(false);
        isWoken.set(false);
    }

    private void await(long pauseNanos) {
        final long start = ticker.nanos();
        while (true) {
            final long now = ticker.nanos();
            final long left = pauseNanos - (now - start);
            final long delay = throttle.delayNanos(now);
            if (left <= 0 || isWoken.get() || delay == 0 && isHinted.get()) {
                return;
            }
            if (delay > 0) {
                await(Math.min(left, delay), List.of(), now);
            } else if (await(left, now - hearsFromNanos >= 0 ? rounds.listened() : List.of(), now)) {
                return;
            }
        }
    }

    /// {@return whether one of the kernel's events has happened}
    private boolean await(long nanos, List<PressureEvent> events, long now) {
        final var own = event;
        if (own == null) {
            LockSupport.parkNanos(this, nanos);
            return false;
        }
        try {
            return poll(own, nanos, events);
        } catch (OsException e) {
            errors.report(WHO, e);
            if (events.isEmpty()) {
                close();                                                // one that is not drained wakes for ever
            } else {
                hearsFromNanos = now + DEAF_NANOS;
            }
        } catch (Throwable e) {
            errors.report(WHO, e);                                      // no heap, perhaps: next time again
            LockSupport.parkNanos(this, nanos);
        }
        return false;
    }

    /// The descriptors stay open meanwhile, also when their source is closed.
    private boolean poll(KeptFile own, long nanos, List<PressureEvent> events) {
        final var entered = new ArrayList<PressureEvent>(events.size());
        try {
            polled.clear();
            polled.add(own.descriptor(), PollSet.Interest.READABLE);
            for (final var each : events) {
                if (each.enter()) {
                    entered.add(each);
                    polled.add(each.descriptor(), each.interest());
                }
            }
            files.awaitAny(polled, toMillisUp(nanos));
            if (polled.isReady(0)) {
                own.drain();
            }
            return takeIn(entered);
        } finally {
            entered.forEach(PressureEvent::leave);
        }
    }

    private boolean takeIn(List<PressureEvent> entered) {
        boolean any = false;
        for (int i = 0; i < entered.size(); i++) {
            if (polled.isReady(i + 1)) {
                any = true;
                entered.get(i).acknowledge(scratch);
                rounds.happened(entered.get(i), ticker.nanos());
            }
        }
        return any;
    }

    private static int toMillisUp(long nanos) {
        final long nanosPerMilli = TimeUnit.MILLISECONDS.toNanos(1);
        return (int) ((nanos + nanosPerMilli - 1) / nanosPerMilli);
    }

    /// Ends the use of the event descriptor; a thread that sleeps parks from then on. Idempotent. For the thread that
    /// sleeps, or while there is none.
    void close() {
        final var closing = event;
        event = null;
        if (closing != null) {
            closing.close();
        }
    }
}
