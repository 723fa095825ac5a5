package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Who is looked after, and when: [MemoryDaemon] without its thread.
///
/// Each client has two periods of its own: its limits are read every second, more often when memory is short or
/// about to be; it is called when it asked for it, and after each reading. A turn serves every client that is due,
/// and also those that would become due before another turn may come, so that many clients cost no more wake-ups than
/// one.
///
/// ## Concurrency
/// [#turn], [#listened] and [#happened] are for one thread. [#add] and [#want] are for any thread; [#remove] too,
/// and it waits until the client is not being served. The lock guards who is served; nothing foreign is called with
/// it held.
final class Rounds {

    /// The longest time between two looks: what is due by the clock (decay) is late by this much at most.
    static final long IDLE_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// The period near SOME, while nothing is short.
    static final long NEAR_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(125);

    /// The period at SOME.
    static final long SOME_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// The period at CRITICAL.
    static final long CRITICAL_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /// The shortest time between two turns by the clock while no client is short of memory: 8 wake-ups a second.
    static final long QUIET_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(125);

    /// The shortest time between two turns otherwise, whatever clients ask for.
    static final long SHORT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /// One client and what the daemon knows about it. All but the wishes belongs to the thread that takes the turns.
    static final class Client {
        private final Maintained maintained;
        private final String name;
        private final List<PressureSource> sources;
        private final PressureGauge gauge = new PressureGauge();

        /// Whether its limits are to be read and it is to be called at the next turn.
        private volatile boolean wanted = true;

        /// Waited for until the next look.
        private List<PressureEvent> events = List.of();
        private long lookDueNanos;
        private long callDueNanos;

        private Client(Maintained maintained) {
            this.maintained = maintained;
            this.name = maintained.name();
            this.sources = List.copyOf(maintained.sources());
        }

        private boolean isDue(long nowNanos, long pause) {
            return wanted || lookDueNanos - nowNanos < pause || callDueNanos - nowNanos < pause;
        }
    }

    private final DistinctErrors errors;
    private final CopyOnWriteArrayList<Client> clients = new CopyOnWriteArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition served = lock.newCondition();

    /// Who is being served, and by whom; null between. Guarded by the lock.
    private Client serving;
    private Thread servant;

    Rounds(DistinctErrors errors) {
        this.errors = errors;
    }

    /// {@return a new client, due at once}
    Client add(Maintained maintained) {
        final var client = new Client(maintained);
        clients.add(client);
        return client;
    }

    /// Takes a client out, and returns when it is not being served, unless the caller is the one who serves it.
    ///
    /// @return false if it had been taken out before
    boolean remove(Client client) {
        lock.lock();
        try {
            final boolean wasThere = clients.remove(client);
            while (serving == client && servant != Thread.currentThread()) {
                served.awaitUninterruptibly();
            }
            return wasThere;
        } finally {
            lock.unlock();
        }
    }

    /// Makes a client due at the next turn.
    void want(Client client) {
        client.wanted = true;
    }

    /// Makes all clients due at the next turn.
    void wantAll() {
        clients.forEach(this::want);
    }

    /// {@return the events to wait for, until the next turn} An event of several clients is in it once.
    List<PressureEvent> listened() {
        final var all = new ArrayList<PressureEvent>();
        for (final var client : clients) {
            for (final var event : client.events) {
                if (!all.contains(event)) {
                    all.add(event);
                }
            }
        }
        return all;
    }

    /// Takes in an event: its clients are due at the next turn.
    void happened(PressureEvent event, long nowNanos) {
        for (final var client : clients) {
            if (client.events.contains(event)) {
                client.gauge.told(event.meaning(), nowNanos);
                client.wanted = true;
            }
        }
    }

    /// Serves whoever is due.
    ///
    /// @param nowNanos when; does not go back from turn to turn
    /// @return nanoseconds until the next turn
    long turn(long nowNanos) {
        final long pause = pauseNanos();
        for (final var client : clients) {
            if (client.isDue(nowNanos, pause)) {
                serve(client, nowNanos, pause);
            }
        }
        long untilDue = IDLE_PERIOD_NANOS;
        for (final var client : clients) {
            untilDue = Math.min(untilDue, Math.min(client.lookDueNanos, client.callDueNanos) - nowNanos);
        }
        return Math.max(pause, untilDue);
    }

    /// {@return whether memory is short for any client}
    boolean isShort() {
        for (final var client : clients) {
            if (client.gauge.level() != MemoryPressure.NONE) {
                return true;
            }
        }
        return false;
    }

    /// The claim under the lock is what [#remove] waits for.
    private void serve(Client client, long nowNanos, long pause) {
        if (!claim(client)) {
            return;
        }
        try {
            if (client.wanted || client.lookDueNanos - nowNanos < pause) {
                client.wanted = false;                                  // before the work: a wish during it counts
                look(client, nowNanos);
            }
            client.callDueNanos = nowNanos + Math.min(maintain(client), IDLE_PERIOD_NANOS);
        } finally {
            release();
        }
    }

    private boolean claim(Client client) {
        lock.lock();
        try {
            if (!clients.contains(client)) {
                return false;
            }
            serving = client;
            servant = Thread.currentThread();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void release() {
        lock.lock();
        try {
            serving = null;
            servant = null;
            served.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void look(Client client, long nowNanos) {
        final var looks = new ArrayList<PressureGauge.Look>();
        final var events = new ArrayList<PressureEvent>();
        for (final var source : client.sources) {
            try {
                looks.addAll(PressureGauge.lookAt(source));
                if (source instanceof EventSource kernel) {
                    events.addAll(kernel.events());
                }
            } catch (Throwable e) {
                errors.report("pressure source of " + client.name, e);
            }
        }
        client.gauge.update(looks, nowNanos);
        client.events = events;
        client.lookDueNanos = nowNanos + periodNanos(client.gauge);
    }

    /// {@return what the client asked for, or the longest period when it failed}
    private long maintain(Client client) {
        try {
            return client.maintained.maintain(client.gauge.level(), client.gauge.headroomBytes());
        } catch (Throwable e) {
            errors.report("maintenance of " + client.name, e);
            return IDLE_PERIOD_NANOS;
        }
    }

    private static long periodNanos(PressureGauge gauge) {
        return switch (gauge.level()) {
            case CRITICAL -> CRITICAL_PERIOD_NANOS;
            case SOME -> SOME_PERIOD_NANOS;
            case NONE -> gauge.nextLookNanos(NEAR_PERIOD_NANOS, IDLE_PERIOD_NANOS);
        };
    }

    private long pauseNanos() {
        return isShort() ? SHORT_PAUSE_NANOS : QUIET_PAUSE_NANOS;
    }
}
