package io.offheap.memory.pressure;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.util.Ticker;
import java.lang.System.Logger;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;

/// The one thread that looks after memory, however many clients there are: it reads how short memory is and calls
/// each client to do its housekeeping.
///
/// ```
///   register (first)                                 last one closed
///        |                                                 |
///     eventfd, thread --> turn --> wait for an event ----> thread ends, eventfd closed
///                          ^        or the time |
///                          +--------------------+
/// ```
///
/// ## Contract
/// The thread lives while there are clients. Between turns it sleeps in the kernel until the next turn is due, somebody
/// wakes it, or the kernel reports something ([Sleeper]). What a client throws is reported once and stops neither the
/// thread nor the other clients.
///
/// ## Concurrency
/// Thread-safe. The lock guards the worker; no foreign code and no system call runs with it held. A client is served
/// with no lock held.
public final class MemoryDaemon {

    /// The name of the thread.
    public static final String THREAD_NAME = "offheap-daemon";

    private static final Logger LOGGER = System.getLogger(MemoryDaemon.class.getPackageName());

    /// Made beforehand: the thread must be able to end without finding heap.
    private static final AgentTerminationException END = new AgentTerminationException(true);

    private final SystemFiles files;
    private final Ticker ticker;
    private final DistinctErrors errors;
    private final Rounds rounds;

    private final ReentrantLock lock = new ReentrantLock();

    /// Signalled when the thread has ended, and when a client comes.
    private final Condition changed = lock.newCondition();

    /// The thread's life, or null while there is none. Guarded by the lock.
    private Worker worker;

    /// Guarded by the lock.
    private int registered;

    /// A client's place in the daemon.
    public interface Registration extends AutoCloseable {

        /// Has the client served at once, on the daemon's thread. Returns before that.
        void wake();

        /// Says that memory may have become short: the client's limits are read soon, on the daemon's thread, at once
        /// unless there were many such hints and events shortly before. Returns before that. Costs one system call at
        /// most, and none while an earlier one is unanswered.
        void hint();

        /// Takes the client out. When this returns, the client is not being served and will not be, unless it closes
        /// from within [Maintained#maintain]: then that call is the last. Closing the last client ends the thread.
        /// Idempotent.
        @Override
        void close();
    }

    /// {@return the daemon of this process, which all clients are meant to share}
    ///
    /// @throws UnsupportedOperationException if this is not a supported platform
    public static MemoryDaemon shared() {
        return Shared.DAEMON;
    }

    /// @param files  what waiting is asked of
    /// @param ticker the clock of the periods
    public MemoryDaemon(SystemFiles files, Ticker ticker) {
        this(files, ticker, LOGGER);
    }

    MemoryDaemon(SystemFiles files, Ticker ticker, Logger logger) {
        this.files = files;
        this.ticker = ticker;
        this.errors = new DistinctErrors(logger);
        this.rounds = new Rounds(errors);
    }

    /// Looks after a client from now on, first at once. The daemon does not close its sources.
    ///
    /// @return its place, to be closed
    public Registration register(Maintained client) {
        final var place = new Place(client);
        Worker fresh = null;
        try {
            while (!enter(fresh)) {
                fresh = new Worker();                                   // a system call: with no lock held
            }
        } catch (Throwable e) {
            place.forget();
            throw e;
        } finally {
            if (fresh != null && fresh.thread == null) {
                fresh.sleeper.close();                                  // not needed after all, or no thread to be had
            }
        }
        wakeWorker();
        return place;
    }

    /// {@return false, and nothing has changed, if a worker is needed and none is given}
    private boolean enter(Worker fresh) {
        lock.lock();
        try {
            while (worker != null && worker.isEnding) {
                changed.awaitUninterruptibly();                           // it calls nobody any more: microseconds
            }
            if (worker == null && fresh == null) {
                return false;
            }
            registered++;
            changed.signalAll();
            if (worker == null) {
                start(fresh);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Has all clients served at once, on the daemon's thread. Returns before that.
    public void wake() {
        rounds.wantAll();
        wakeWorker();
    }

    /// If there is no thread to be had, everything is as before.
    private void start(Worker fresh) {
        assert lock.isHeldByCurrentThread();
        try {
            worker = fresh;
            fresh.thread = AgentRunner.startOnThread(fresh.newRunner(), MemoryDaemon::newThread);
        } catch (Throwable e) {
            worker = null;
            registered--;
            throw e;
        }
    }

    /// Nothing of the client that happens to be the first may live on in the thread.
    private static Thread newThread(Runnable task) {
        final var thread = Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).unstarted(task);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    private void wakeWorker() {
        final var now = currentWorker();
        if (now != null) {
            now.wake();
        }
    }

    private Worker currentWorker() {
        lock.lock();
        try {
            return worker;
        } finally {
            lock.unlock();
        }
    }

    private final class Place implements Registration {
        private final Rounds.Client client;
        private final List<ManualSource> watched;
        private final Runnable watcher = this::hint;

        Place(Maintained maintained) {
            client = rounds.add(maintained);
            watched = maintained.sources().stream()
                    .filter(ManualSource.class::isInstance).map(ManualSource.class::cast).toList();
            watched.forEach(source -> source.watch(watcher));
        }

        @Override
        public void wake() {
            rounds.want(client);
            wakeWorker();
        }

        @Override
        public void hint() {
            rounds.want(client);
            final var now = currentWorker();
            if (now != null) {
                now.hint();
            }
        }

        /// {@return whether it was there}
        boolean forget() {
            watched.forEach(source -> source.unwatch(watcher));
            return rounds.remove(client);
        }

        @Override
        public void close() {
            if (forget()) {
                leave();
            }
        }
    }

    private void leave() {
        final Worker mine;
        lock.lock();
        try {
            mine = worker;
            registered--;
            if (registered > 0) {
                return;
            }
        } finally {
            lock.unlock();
        }
        mine.wake();
        if (Thread.currentThread() == mine.thread) {
            return;                                                     // it ends after this turn
        }
        lock.lock();
        try {
            while (worker == mine && registered == 0) {
                changed.awaitUninterruptibly();
            }
            if (worker == mine) {
                return;                                                 // somebody came, and it goes on
            }
        } finally {
            lock.unlock();
        }
        mine.join();
    }

    /// One life of the thread, from the first client to the last. Its waiting is its idle strategy.
    private final class Worker implements Agent, IdleStrategy {
        /// Set before anybody can see this worker, except by its own thread, which does not ask for it.
        private Thread thread;

        private final Sleeper sleeper = new Sleeper(files, ticker, errors, rounds);

        /// Set when the thread has decided to end; from then on it calls no client. Guarded by the lock.
        private boolean isEnding;

        private long pauseNanos;

        /// Its `close` is not used: the thread decides by itself to end, when nobody is left.
        AgentRunner newRunner() {
            return new AgentRunner(this, e -> errors.report(THREAD_NAME, e), null, this);
        }

        @Override
        public String roleName() {
            return THREAD_NAME;
        }

        /// {@return 1: an idle thread that is interrupted would be ended by the runner otherwise}
        @Override
        public int doWork() {
            lock.lock();
            try {
                isEnding = registered == 0;
            } finally {
                lock.unlock();
            }
            if (isEnding) {
                throw END;
            }
            pauseNanos = Rounds.IDLE_PERIOD_NANOS;
            try {
                final long now = ticker.nanos();
                pauseNanos = rounds.turn(now);
                sleeper.tookTurn(now, rounds.isShort());
            } catch (Throwable e) {
                report(e);                                              // an Error would end the runner's thread
            }
            return 1;
        }

        private void report(Throwable e) {
            try {
                errors.report("a turn of " + THREAD_NAME, e);
            } catch (OutOfMemoryError _) {
                // no Java heap to say that there is none; the next turn may find some
            }
        }

        @Override
        public void idle(int workCount) {
            idle();
        }

        @Override
        public void idle() {
            Thread.interrupted();                                       // a client may have left it set
            try {
                sleeper.sleep(pauseNanos);
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(pauseNanos);                      // no Java heap for the other way to sleep
            }
        }

        @Override
        public void reset() {
            // keeps no state between waits
        }

        /// Whatever is thrown, nobody waits for ever for the thread's end.
        @Override
        public void onClose() {
            try {
                sleeper.close();
            } catch (Throwable e) {
                errors.report("closing of " + THREAD_NAME, e);          // no Java heap, perhaps
            } finally {
                lock.lock();
                try {
                    worker = null;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }

        void wake() {
            sleeper.wake(thread);
        }

        void hint() {
            sleeper.hint(thread);
        }

        /// Returns when the thread is no more, also if the caller is interrupted.
        void join() {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static final class Shared {
        static final MemoryDaemon DAEMON = new MemoryDaemon(Platform.files(), Ticker.SYSTEM);
    }
}
