package io.offheap.memory.pressure;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.Ticker;
import java.lang.System.Logger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
///     eventfd, thread --> turn --> wait for the eventfd --> thread ends, eventfd closed
///                          ^        or the time |
///                          +--------------------+
/// ```
///
/// ## Contract
/// The thread lives while there are clients. Between turns it sleeps in the kernel on an event descriptor, so that
/// [#wake] is answered at once. Where there is no such descriptor, or it fails, the thread parks instead.
/// What a client throws is reported once and stops neither the thread nor the other clients.
///
/// ## Concurrency
/// Thread-safe. The lock guards the worker, and is held while the event descriptor is signalled, because otherwise
/// it could be closed meanwhile; nothing foreign is called with it held. A client is served with no lock held.
public final class MemoryDaemon {

    /// The name of the thread.
    public static final String THREAD_NAME = "offheap-daemon";

    private static final Logger LOGGER = System.getLogger(MemoryDaemon.class.getPackageName());

    private static final int NO_EVENT = -1;

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
        final var place = new Place(rounds.add(client));
        lock.lock();
        try {
            while (worker != null && worker.isEnding) {
                changed.awaitUninterruptibly();                           // it calls nobody any more: microseconds
            }
            registered++;
            changed.signalAll();
            if (worker == null) {
                start(place);
            }
        } finally {
            lock.unlock();
        }
        wakeWorker();
        return place;
    }

    /// Has all clients served at once, on the daemon's thread. Returns before that.
    public void wake() {
        rounds.wantAll();
        wakeWorker();
    }

    /// If there is no thread to be had, everything is as before.
    private void start(Place first) {
        assert lock.isHeldByCurrentThread();
        final var fresh = new Worker();
        try {
            fresh.event = createEvent();
            worker = fresh;
            fresh.thread = AgentRunner.startOnThread(fresh.newRunner(), MemoryDaemon::newThread);
        } catch (Throwable e) {
            worker = null;
            registered--;
            fresh.closeEvent();
            rounds.remove(first.client);
            throw e;
        }
    }

    private int createEvent() {
        try {
            return files.createEvent();
        } catch (OsException e) {
            errors.report("the event descriptor of " + THREAD_NAME, e);
            return NO_EVENT;
        }
    }

    /// Nothing of the client that happens to be the first may live on in the thread.
    private static Thread newThread(Runnable task) {
        final var thread = Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).unstarted(task);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    private void wakeWorker() {
        lock.lock();
        try {
            if (worker != null) {
                worker.wake();
            }
        } finally {
            lock.unlock();
        }
    }

    private final class Place implements Registration {
        private final Rounds.Client client;

        Place(Rounds.Client client) {
            this.client = client;
        }

        @Override
        public void wake() {
            rounds.want(client);
            wakeWorker();
        }

        @Override
        public void close() {
            if (rounds.remove(client)) {
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
            mine.wake();
            if (Thread.currentThread() == mine.thread) {
                return;                                                 // it ends after this turn
            }
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
        /// Set before anybody can see this worker, except by its own thread, which asks for neither.
        private Thread thread;

        /// Guarded by the lock for those who signal it; written by the thread alone after the start.
        private volatile int event = NO_EVENT;

        /// Set when the thread has decided to end; from then on it calls no client. Guarded by the lock.
        private boolean isEnding;

        /// Whether a signal is under way, so that many wishes cost one system call.
        private final AtomicBoolean isWoken = new AtomicBoolean();

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
                pauseNanos = rounds.turn(ticker.nanos());
            } catch (Throwable e) {
                errors.report("a turn of " + THREAD_NAME, e);           // an Error would end the runner's thread
            }
            return 1;
        }

        @Override
        public void idle(int workCount) {
            idle();
        }

        /// Sleeps until the next turn. The wake-up is taken back before the turn: a wish that found one under way, and
        /// did not signal, is seen by that turn.
        @Override
        public void idle() {
            Thread.interrupted();                                       // a client may have left it set
            await();
            isWoken.set(false);
        }

        @Override
        public void reset() {
            // keeps no state between waits
        }

        private void await() {
            if (event == NO_EVENT) {
                LockSupport.parkNanos(this, pauseNanos);
                return;
            }
            try {
                if (files.awaitReadable(event, (int) toMillisUp(pauseNanos))) {
                    files.drain(event);
                }
            } catch (OsException e) {
                errors.report("waiting of " + THREAD_NAME, e);
                closeEvent();                                           // one that is not drained wakes for ever
            } catch (Throwable e) {
                errors.report("waiting of " + THREAD_NAME, e);          // no heap, perhaps: next time again
                LockSupport.parkNanos(this, pauseNanos);
            }
        }

        @Override
        public void onClose() {
            closeEvent();
            lock.lock();
            try {
                worker = null;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /// Both ways, since the thread may be about to change from one to the other.
        void wake() {
            assert lock.isHeldByCurrentThread();
            if (isWoken.getAndSet(true)) {
                return;
            }
            try {
                if (event != NO_EVENT) {
                    files.signal(event);
                }
            } catch (OsException e) {
                errors.report("waking of " + THREAD_NAME, e);
            }
            LockSupport.unpark(thread);
        }

        /// Out of reach first, then closed.
        void closeEvent() {
            lock.lock();
            final int closing = event;
            try {
                event = NO_EVENT;
            } finally {
                lock.unlock();
            }
            if (closing != NO_EVENT) {
                try {
                    files.close(closing);
                } catch (OsException e) {
                    errors.report("the event descriptor of " + THREAD_NAME, e);
                }
            }
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

        private static long toMillisUp(long nanos) {
            final long nanosPerMilli = TimeUnit.MILLISECONDS.toNanos(1);
            return (nanos + nanosPerMilli - 1) / nanosPerMilli;
        }
    }

    private static final class Shared {
        static final MemoryDaemon DAEMON = new MemoryDaemon(Platform.files(), Ticker.SYSTEM);
    }
}
