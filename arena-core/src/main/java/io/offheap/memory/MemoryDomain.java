package io.offheap.memory;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.MemoryDaemon;
import io.offheap.memory.pressure.Reserve;
import io.offheap.memory.purge.Decay;
import io.offheap.memory.space.Allocations;
import io.offheap.memory.space.Domain;
import io.offheap.memory.space.PurgeWish;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PageRange;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.Arguments;
import io.offheap.memory.util.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// Address spaces and shared objects that share real memory, and that are purged together.
///
/// Several [AddressSpace]s of one domain play the part of processes: they may be forked from each other, map the
/// same [SharedObject]s, and let go of pages that are purged when memory is wanted elsewhere. Pages are real
/// off-heap memory, and what a purge gives back leaves the process.
///
/// ```java
/// try (var domain = MemoryDomain.create()) {
///     var space = domain.newSpace("cache");
///     space.map(0, 1 << 20);
///     space.putLong(0, 42);
///     space.markVolatile(0, 1 << 20);
///     domain.purge(Long.MAX_VALUE);
///     space.getLong(0);                        // BusErrorException: PURGED
///     space.unmarkVolatile(0, 1 << 20);        // Contents.PURGED; it reads as zero from now on
/// }
/// ```
///
/// ## Memory pressure
/// Before pages come to have memory the domain asks for room below the limits of its builder, of the container and of the
/// host; where there is too little it purges what is volatile first, the oldest ranges first. The daemon, which it shares
/// with the allocators of the process, purges under pressure; and free pages that are kept for re-use, as well as
/// lazily freed ones, are given back after a while (docs/pressure.md). Marked ranges are worth something: no time alone
/// makes them go.
///
/// ## Concurrency
/// Thread-safe, with one lock for all changes of a domain. Unrelated spaces that change much belong into domains
/// of their own.
public final class MemoryDomain implements AutoCloseable {

    private static final long DEFAULT_CAPACITY_BYTES = 64L << 30;

    /// Of the whole process.
    private static final class Retired {
        static final RetiredRanges RANGES = new RetiredRanges(Platform.memory());
    }

    private final Domain domain;
    private final DomainKeeper keeper;
    private final AtomicInteger named = new AtomicInteger();

    /// @param daemon looks after the domain, or null for nobody
    MemoryDomain(Options options, SystemMemory os, MemoryDaemon daemon) {
        final int frames = Math.toIntExact(Math.min(Integer.MAX_VALUE - 1, options.capacityBytes / os.pageSize()));
        final Allocations allocations = options.allocationGate::run;
        this.keeper = new DomainKeeper(options, os.pageSize(), daemon);
        try {
            this.domain = new Domain(
                    os, Math.max(1, frames), allocations, Retired.RANGES, keeper, keeper.ticker());
        } catch (RuntimeException | Error e) {
            keeper.close();
            throw e;
        }
        keeper.keep(domain);
    }

    /// What a builder collected.
    ///
    /// @param name           for messages
    /// @param capacityBytes  most private memory
    /// @param allocationGate asked before each allocation
    /// @param softLimit      committed bytes above which growth purges, `Long.MAX_VALUE` for none
    /// @param hardLimit      committed bytes that are never exceeded, `Long.MAX_VALUE` for none
    /// @param reserve        room kept free below external limits
    /// @param decayNanos     how long unused memory stays
    /// @param sources        external limits; empty for those that are found
    /// @param clock          of decay and age
    record Options(String name, long capacityBytes, Runnable allocationGate, long softLimit, long hardLimit,
            Reserve reserve, long decayNanos, Optional<List<PressureSource>> sources, Ticker clock) {}

    /// {@return a domain of up to 64 GiB of private pages, or less where address space is short: see [Builder#capacity]}
    ///
    /// @throws OutOfMemoryError              if there is hardly any address space
    /// @throws UnsupportedOperationException if the pages of this process are not the operating system's (docs/platforms.md)
    public static MemoryDomain create() {
        return builder().build();
    }

    /// {@return a builder with the defaults}
    public static Builder builder() {
        return new Builder();
    }

    /// What private mappings of a file mean for pages of it that they have not written.
    public enum PrivateMappers {
        /// They keep such a page from being purged: nobody loses what he did not agree to lose. The default.
        VETO,
        /// They see the hole, as the kernel's hole punching does it.
        HOLE
    }

    /// How a domain is made.
    public static final class Builder {
        private String name = "domain";
        private long capacityBytes = DEFAULT_CAPACITY_BYTES;
        private Runnable allocationGate = () -> {};
        private long softLimit = Long.MAX_VALUE;
        private long hardLimit = Long.MAX_VALUE;
        private Reserve reserve = Reserve.DEFAULT;
        private long decayNanos = Decay.DEFAULT.toNanos();
        private Optional<List<PressureSource>> sources = Optional.empty();
        private Ticker clock = Ticker.SYSTEM;

        private Builder() {}

        /// Sets the name that shows in messages.
        ///
        /// @throws IllegalArgumentException if it is empty
        public Builder name(String newName) {
            name = Arguments.name(newName);
            return this;
        }

        /// Sets what committed bytes ([MemoryDomainStats#committedBytes]) never exceed. What does not fit even after
        /// everything volatile was purged is an `OutOfMemoryError`. Default: no limit of its own.
        ///
        /// @throws IllegalArgumentException if it is not positive
        public Builder hardLimit(long bytes) {
            hardLimit = Arguments.positive("hardLimit", bytes);
            return this;
        }

        /// Sets above how many committed bytes growth purges first. Default: no limit.
        ///
        /// @param bytes positive, at most the hard limit
        /// @throws IllegalArgumentException if it is not positive
        public Builder softLimit(long bytes) {
            softLimit = Arguments.positive("softLimit", bytes);
            return this;
        }

        /// Sets how much room is kept free below each limit that others count against too, such as a container's.
        /// Default: the larger of 32 MiB and 5 % of the limit, at most a quarter of it.
        ///
        /// @param bytes 0 or more; more than half of a limit counts as half of it
        /// @throws IllegalArgumentException if it is negative
        public Builder reserve(long bytes) {
            reserve = Reserve.of(bytes);
            return this;
        }

        /// Sets how long memory of freed and of lazily freed pages stays while nobody is short of it. Default: 10 s.
        ///
        /// @param decay zero: until the daemon's next turn; -1 (of nanoseconds, milliseconds or seconds): for ever
        /// @throws IllegalArgumentException if it is negative otherwise, or longer than a year
        public Builder decay(Duration decay) {
            decayNanos = Decay.periodNanos(decay);
            return this;
        }

        /// Sets who knows how short memory is. Default: the limits of the container and of the host, as far as they can
        /// be read.
        ///
        /// @param newSources for example a [MemoryBudget]; read for as long as the domain lives, and closed by the
        ///                   caller afterwards. None: nobody, and nothing is purged but on demand and at own limits
        public Builder pressure(PressureSource... newSources) {
            sources = Optional.of(List.of(newSources));
            return this;
        }

        Builder clock(Ticker newClock) {
            clock = newClock;
            return this;
        }

        /// Sets the most private memory that all spaces together may have, in bytes. Default: 64 GiB. Address space is reserved for
        /// it; where that is refused (`ulimit -v`, strict overcommit) half as much, and so on, down to 16 MiB: then
        /// [MemoryDomain#capacity] is less than what was wanted, and as much address space is left for others.
        ///
        /// @throws IllegalArgumentException if it is not positive or above 8 TiB
        public Builder capacity(long bytes) {
            if (bytes <= 0 || bytes > 8L << 40) {
                throw new IllegalArgumentException("capacity=" + bytes);
            }
            capacityBytes = bytes;
            return this;
        }

        /// Sets who is asked before each allocation: of a mark, of taking a range back, of a new private page. Ranges that are
        /// empty ask too, but for marks of a space. It throws `OutOfMemoryError` to refuse, and then the operation has
        /// changed nothing. Called under the lock of the domain, so it must be short and must not call back. For quotas and
        /// for tests.
        public Builder allocationGate(Runnable gate) {
            allocationGate = gate;
            return this;
        }

        /// {@return a new domain}
        ///
        /// @throws IllegalArgumentException      if the soft limit is above the hard one
        /// @throws OutOfMemoryError              if there is no address space, not even for 16 MiB or the capacity
        /// @throws UnsupportedOperationException if the pages of this process are not the operating system's (docs/platforms.md)
        public MemoryDomain build() {
            return new MemoryDomain(options(), Platform.memoryOfTheSystem("address spaces"), MemoryDaemon.shared());
        }

        Options options() {
            if (softLimit != Long.MAX_VALUE && softLimit > hardLimit) {
                throw new IllegalArgumentException("softLimit=%d is above hardLimit=%d".formatted(softLimit, hardLimit));
            }
            return new Options(name, capacityBytes, allocationGate, softLimit, hardLimit, reserve, decayNanos, sources,
                    clock);
        }
    }

    /// {@return the size of a page in bytes: the unit of everything but access}
    public long pageSize() {
        return domain.pageSize();
    }

    /// {@return the most private memory that all spaces together can have, in bytes} What the builder was told, in whole
    /// pages, or less where there was no address space for it.
    public long capacity() {
        return domain.capacity() * pageSize();
    }

    /// {@return an empty address space with a name of its own}
    ///
    /// @throws IllegalStateException if the domain is closed
    public AddressSpace newSpace() {
        return newSpace("space-" + named.incrementAndGet());
    }

    /// {@return an empty address space}
    ///
    /// @param name for messages
    /// @throws IllegalStateException if the domain is closed
    public AddressSpace newSpace(String name) {
        return newSpace(name, null);
    }

    /// {@return an empty address space on a node of a cluster} Of all nodes only one at a time has a page of a shared
    /// object mapped; see [SharedObject#owner].
    ///
    /// @param node name of the node; spaces of one node share pages freely. Null for none
    /// @throws IllegalStateException if the domain is closed
    public AddressSpace newSpace(String name, String node) {
        return new AddressSpace(domain.newSpace(name, node));
    }

    /// {@return an anonymous object in memory, of zeros}
    ///
    /// @param name shows in `/proc/self/maps`; ASCII, at most 190 characters
    /// @param size bytes, positive, a multiple of the page size
    /// @throws IllegalArgumentException            if the size is none
    /// @throws IllegalStateException               if the domain is closed
    /// @throws io.offheap.memory.types.OsException if the kernel refuses
    public SharedObject newSharedObject(String name, long size) {
        if (size <= 0) {
            throw new IllegalArgumentException("size=" + size);
        }
        return new SharedObject(domain, domain.newMemoryFile(name, PageRange.pages(size, domain.pageSize())));
    }

    /// {@return an existing file, to be mapped} Other processes and other code of this one may read, write and truncate
    /// it at any moment. It is reached by system calls, not by a mapping, about a microsecond each: so a page that is
    /// truncated is a bus error and never a signal. It cannot be pinned; private copies of its pages can.
    ///
    /// @throws IOException           if it cannot be opened for reading and writing
    /// @throws IllegalStateException if the domain is closed
    public SharedObject open(Path path) throws IOException {
        return new SharedObject(domain, domain.openFile(path));
    }

    /// Sets what private mappings mean for purging.
    public void setPrivateMappers(PrivateMappers mappers) {
        domain.setPunchesUnderPrivate(mappers == PrivateMappers.HOLE);
    }

    /// Purges volatile pages, the ranges that were marked first first, then lazily freed ones.
    ///
    /// @param bytes how much to give back; rounded up to pages. A FULL range is taken whole even beyond it, a PARTIAL
    ///              one is not
    /// @return bytes given back; a page that several spaces share counts once
    public long purge(long bytes) {
        return domain.purge(PurgeWish.pages(pagesOf(bytes))) * pageSize();
    }

    /// Purges as [#purge] does, unless somebody else is changing the domain at this moment: for those who must not
    /// wait, such as a monitor of memory pressure.
    ///
    /// @return bytes given back, 0 if somebody was in the way
    public long tryPurge(long bytes) {
        return Math.max(0, domain.tryPurge(PurgeWish.pages(pagesOf(bytes)))) * pageSize();
    }

    private long pagesOf(long bytes) {
        return bytes / pageSize() + (bytes % pageSize() > 0 ? 1 : 0);
    }

    /// {@return what the domain has now and has done so far} O(marked ranges).
    public MemoryDomainStats stats() {
        final var now = domain.read();
        final long page = pageSize();
        return new MemoryDomainStats(now.spaces(), now.files(), now.privatePages() * page, now.keptPages() * page,
                now.filePages() * page, keeper.committedBytes(), now.markedPages() * page, now.lazyPages() * page,
                now.copies(), now.purges(), now.purgedPages() * page, now.refusals(), keeper.directReclaims());
    }

    /// {@return how many pages were copied on write so far}
    public long copies() {
        return domain.copies();
    }

    /// {@return bytes of private pages that are in use}
    public long privateBytes() {
        return domain.framesInUse() * pageSize();
    }

    /// {@return bytes of private pages that have memory behind them, as the operating system says (`mincore`)} Pages
    /// that were freed and wait for re-use are among them, 16 MiB at most. About a nanosecond a page.
    public long residentBytes() {
        return domain.residentFrames() * pageSize();
    }

    /// Recomputes every invariant of every structure. O(everything): for tests.
    ///
    /// @return true
    /// @throws AssertionError naming what is wrong
    public boolean checkInvariants() {
        return domain.checkInvariants();
    }

    Domain domain() {
        return domain;
    }

    DomainKeeper keeper() {
        return keeper;
    }

    /// Closes all address spaces and shared objects and gives all memory back. A thread that is using one meets an
    /// exception, or reads zeros if it was about to. Idempotent.
    ///
    /// @throws IllegalStateException               if pages are pinned; nothing has changed then
    /// @throws io.offheap.memory.types.OsException if the operating system refuses to take memory back; the domain is closed all
    ///                                             the same
    @Override
    public void close() {
        try {
            domain.close();
        } catch (OsException | UncheckedIOException e) {                // it is closed all the same
            keeper.close();
            throw e;
        }
        keeper.close();
    }
}
