package io.offheap.memory;

import io.offheap.memory.os.Platform;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.Maintained;
import io.offheap.memory.pressure.MemoryDaemon;
import io.offheap.memory.pressure.PressureSources;
import io.offheap.memory.pressure.Reclaimer;
import io.offheap.memory.purge.Decay;
import io.offheap.memory.purge.PurgePolicy;
import io.offheap.memory.purge.PurgePolicy.Order;
import io.offheap.memory.purge.PurgeSchedule;
import io.offheap.memory.space.Domain;
import io.offheap.memory.space.Headroom;
import io.offheap.memory.space.PurgeWish;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.CoarseTicker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps one domain within its limits: asks the governor before pages come to have memory, purges volatile pages when it
/// finds too little room, and gives way on the daemon's thread, as every other client of the daemon does.
///
/// ```
///   page fault --> Domain --> Headroom --> Governor --- too little room ---> Reclaimer --> Domain.purge
///   daemon ------> Maintained --> PurgeSchedule --> orders --------------------------> Domain.tryPurge
/// ```
///
/// It is registered with the daemon from the first page that has memory to the turn that finds none.
///
/// ## Concurrency
/// [#maintain] is the daemon's. The lock guards the registration and is outside of the ranks: it is held while the
/// daemon is told, never while anybody is served.
final class DomainKeeper implements Headroom, Maintained, Reclaimer {

    /// How soon the daemon should come again when somebody was in the way.
    private static final long RETRY_NANOS = 10_000_000;

    private final String name;
    private final MemoryDaemon daemon;
    private final CoarseTicker ticker;
    private final List<PressureSource> detected;
    private final List<PressureSource> sources;
    private final Governor governor;
    private final PurgeSchedule schedule;
    private final long pageSize;

    private final ReentrantLock registering = new ReentrantLock();
    private volatile MemoryDaemon.Registration registration;
    private boolean closed;

    private Domain domain;

    /// @param options limits and sources
    /// @param daemon  looks after it, or null for nobody
    DomainKeeper(MemoryDomain.Options options, long pageSize, MemoryDaemon daemon) {
        this.name = options.name();
        this.daemon = daemon;
        this.pageSize = pageSize;
        this.ticker = new CoarseTicker(options.clock());
        this.detected = options.sources().isPresent() ? List.of() : PressureSources.detect(Platform.files());
        final var external = options.sources().orElse(detected);
        this.governor = new Governor(options.softLimit(), options.hardLimit(), options.reserve(), external, this);
        this.sources = new ArrayList<>(external);
        this.sources.addAll(governor.ownLimits());
        this.schedule = new PurgeSchedule(options.decayNanos(), Decay.DEFAULT.toNanos(), ticker.nanos());
    }

    /// Says which domain it keeps, before anybody uses that.
    void keep(Domain kept) {
        domain = kept;
    }

    CoarseTicker ticker() {
        return ticker;
    }

    long committedBytes() {
        return governor.committedBytes();
    }

    long directReclaims() {
        return governor.directReclaims();
    }

    boolean isRegistered() {
        return registration != null;
    }

    // ---- Headroom: before pages come to have memory

    @Override
    public void acquire(long bytes) {
        governor.acquire(bytes);
        if (registration == null && daemon != null) {
            register();
        }
    }

    @Override
    public void release(long bytes) {
        governor.release(bytes);
    }

    /// Without a thread for the daemon (no more threads, no address space for its stack) limits are kept all the same, by who asks for
    /// pages; who asks next tries again.
    private void register() {
        registering.lock();
        try {
            if (registration == null && !closed) {
                ticker.advance();
                registration = daemon.register(this);
            }
        } catch (OutOfMemoryError _) {
            // as above; the domain goes on without
        } finally {
            registering.unlock();
        }
    }

    // ---- Reclaimer: when the governor finds too little room

    @Override
    public long reclaim(long bytes) {
        return domain.purge(new PurgeWish(pages(bytes), PurgeWish.ANY_AGE, 0, PurgeWish.Kind.ALL)) * pageSize;
    }

    @Override
    public long reclaimOrAwait(long bytes) {
        final long before = governor.committedBytes();
        final long given = reclaim(bytes);
        if (given > 0) {
            return given;
        }
        domain.awaitGivingBack();
        return Math.max(0, before - governor.committedBytes());
    }

    @Override
    public void flushCaches() {
        domain.flush();
    }

    @Override
    public void shortage() {
        final var place = registration;
        if (place != null) {
            place.hint();
        }
    }

    @Override
    public long residentBytes() {
        try {
            return domain.residentPages() * pageSize;
        } catch (OsException e) {
            return 0;                                   // the pessimistic answer
        }
    }

    // ---- Maintained: the daemon's turns

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<PressureSource> sources() {
        return sources;
    }

    @Override
    public long maintain(MemoryPressure pressure, long headroomBytes) {
        final long now = ticker.advance();
        if (pressure == MemoryPressure.CRITICAL) {
            domain.flush();
        }
        final long idle = domain.idlePages() * pageSize;
        final long used = Math.max(0, governor.committedBytes() - idle);
        boolean wasInTheWay = false;
        for (final var order : schedule.orders(pressure, headroomBytes, idle, used, now)) {
            wasInTheWay |= domain.tryPurge(wish(order, now)) < 0;
        }
        final long next = schedule.purgedTo(domain.idlePages() * pageSize);
        leaveIfIdle();
        return wasInTheWay ? Math.min(next, RETRY_NANOS) : next;
    }

    /// An order that may not be exceeded is decay's, which takes nothing that is worth something to somebody.
    private PurgeWish wish(Order order, long now) {
        final long olderThan = order.idleNanos() == 0 ? PurgeWish.ANY_AGE : now - order.idleNanos();
        final long least = order.unitsOnly() ? pages(PurgePolicy.UNIT) : 0;
        return order.exceeds()
                ? new PurgeWish(pages(order.bytes()), olderThan, least, PurgeWish.Kind.ALL)
                : new PurgeWish(order.bytes() / pageSize, olderThan, least, PurgeWish.Kind.IDLE);
    }

    private long pages(long bytes) {
        return bytes / pageSize + (bytes % pageSize == 0 ? 0 : 1);
    }

    /// Leaves the daemon while nothing has memory. Who commits some meanwhile either registers anew, or is seen here.
    private void leaveIfIdle() {
        if (domain.idlePages() == 0) {
            domain.releaseIfUnused();
        }
        if (governor.committedBytes() > 0 || !registering.tryLock()) {
            return;
        }
        final var place = registration;
        boolean leaves = false;
        try {
            registration = null;
            leaves = governor.committedBytes() == 0;
            if (!leaves) {
                registration = place;
            }
        } finally {
            registering.unlock();
        }
        if (leaves && place != null) {
            place.close();
        }
    }

    /// Ends its work. The domain is closed.
    void close() {
        final MemoryDaemon.Registration place;
        registering.lock();
        try {
            closed = true;
            place = registration;
            registration = null;
        } finally {
            registering.unlock();
        }
        if (place != null) {
            place.close();
        }
        detected.forEach(PressureSource::close);
    }
}
