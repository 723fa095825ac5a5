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
/// Each client has a period of its own: what it asked for, at most a second, shorter when its memory is short. A
/// turn serves every client that is due, and also those that would become due before another turn may come, so
/// that many clients cost no more wake-ups than one.
///
/// ## Concurrency
/// [#turn] is for one thread. [#add] and [#want] are for any thread; [#remove] too, and it waits until the client
/// is not being served. The lock guards who is served; nothing foreign is called with it held.
final class Rounds {

    /// The longest time between two looks: what is due by the clock (decay) is late by this much at most.
    static final long IDLE_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// The period at SOME, and near it.
    static final long SOME_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// The period at CRITICAL.
    static final long CRITICAL_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /// The shortest time between two turns while no client is short of memory: fewer than 10 wake-ups a second,
    /// since a wait only ever ends late.
    static final long QUIET_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// The shortest time between two turns otherwise, whatever clients ask for.
    static final long SHORT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /// One client and what the daemon knows about it. All but `wanted` belongs to the thread that takes the turns.
    static final class Client {
        private final Maintained maintained;
        private final String name;
        private final List<PressureSource> sources;
        private final PressureGauge gauge = new PressureGauge();

        private volatile boolean wanted = true;
        private long dueNanos;

        private Client(Maintained maintained) {
            this.maintained = maintained;
            this.name = maintained.name();
            this.sources = List.copyOf(maintained.sources());
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

    /// Serves whoever is due.
    ///
    /// @param nowNanos when; does not go back from turn to turn
    /// @return nanoseconds until the next turn
    long turn(long nowNanos) {
        final long pause = pauseNanos();
        for (final var client : clients) {
            if (client.wanted || client.dueNanos - nowNanos < pause) {
                serve(client, nowNanos);
            }
        }
        long untilDue = IDLE_PERIOD_NANOS;
        for (final var client : clients) {
            untilDue = Math.min(untilDue, client.dueNanos - nowNanos);
        }
        return Math.max(pause, untilDue);
    }

    /// The claim under the lock is what [#remove] waits for.
    private void serve(Client client, long nowNanos) {
        if (!claim(client)) {
            return;
        }
        try {
            client.wanted = false;                                      // before the work: a wish during it counts
            final var pressure = gauge(client, nowNanos);
            final long asked = maintain(client, pressure);
            client.dueNanos = nowNanos + Math.min(asked, periodNanos(client.gauge));
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

    private MemoryPressure gauge(Client client, long nowNanos) {
        final var looks = new ArrayList<PressureGauge.Look>();
        for (final var source : client.sources) {
            try {
                looks.addAll(PressureGauge.lookAt(source));
            } catch (Throwable e) {
                errors.report("pressure source of " + client.name, e);
            }
        }
        return client.gauge.update(looks, nowNanos);
    }

    /// {@return what the client asked for, or the longest period when it failed}
    private long maintain(Client client, MemoryPressure pressure) {
        try {
            return client.maintained.maintain(pressure, client.gauge.headroomBytes());
        } catch (Throwable e) {
            errors.report("maintenance of " + client.name, e);
            return IDLE_PERIOD_NANOS;
        }
    }

    private static long periodNanos(PressureGauge gauge) {
        return switch (gauge.level()) {
            case CRITICAL -> CRITICAL_PERIOD_NANOS;
            case SOME -> SOME_PERIOD_NANOS;
            case NONE -> gauge.isNearShort() ? SOME_PERIOD_NANOS : IDLE_PERIOD_NANOS;
        };
    }

    private long pauseNanos() {
        for (final var client : clients) {
            if (client.gauge.level() != MemoryPressure.NONE) {
                return SHORT_PAUSE_NANOS;
            }
        }
        return QUIET_PAUSE_NANOS;
    }
}
