package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.cache.ThreadCache;
import io.offheap.allocator.event.Events;
import io.offheap.allocator.event.Events.Cause;
import io.offheap.allocator.pin.VolatileBlocks;
import io.offheap.allocator.safety.BlockSource;
import io.offheap.allocator.safety.SafetyKit;
import io.offheap.allocator.shard.Shards;
import io.offheap.memory.VolatileMemory;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.MemoryDaemon;
import io.offheap.memory.pressure.PressureSources;
import io.offheap.memory.pressure.Reclaimer;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.CoarseTicker;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What is behind the surfaces of one allocator: all parts, made and wired here, and what has to go back at the end.
///
/// ```
///   explicit blocks --> open blocks --> [safety kit] --> plain blocks --> slot blocks  --> caches --> shards --> regions
///   arenas, buffers --> hidden blocks -----^                         \--> large blocks --^
/// ```
///
/// Any thread may call any method, with no lock held.
final class Backend {

    /// Address space is reserved for so many times the memory that may be used.
    private static final int RESERVE_FACTOR = 4;
    private static final long LARGEST_RESERVATION = 1L << 40;
    private static final long UNKNOWN_MEMORY = 16L << 30;

    private static final int MOST_CHECKS = 100;

    private static final ThreadCache[] NO_CACHES = {};

    /// Whether the optional module is there, and read by this one.
    private static final boolean MANAGEABLE = ModuleLayer.boot().findModule("java.management")
            .map(Backend.class.getModule()::canRead).orElse(false);

    /// Classes whose frames, and those of classes in them, say nothing about who asks for memory, or frees it.
    private static final Set<String> FACADE = Stream.of(
            OffHeapAllocator.class, SegmentAllocator.class, ExplicitBlocks.class, OpenBlocks.class, Lifecycle.class, HiddenBlocks.class,
            OffHeapArena.class, ConfinedArenas.class, ConfinedArena.class, SharedArena.class, ArenaGroup.class, GlobalArena.class,
            Chunks.class, AutoArena.class, CollectedMemory.class, CollectedBlocks.class, RoomByCollection.class, DirectBuffers.class)
            .map(Class::getName).collect(Collectors.toUnmodifiableSet());

    final Lifecycle lifecycle;

    /// Where the calling thread's cache may be: nowhere if there is a kit.
    final ThreadCache[] cacheTable;

    /// The same if slot classes are those of the machine, which the fast paths of an allocation take for granted.
    final ThreadCache[] popTable;

    /// The same unless freed memory is zeroed, which takes more than a cache does.
    final ThreadCache[] backTable;

    /// What the fast paths ask. Where there is more to do than they do, for a kit or for zeros at every free, those find nothing at hand,
    /// in empty tables, and end up on the slow path. So a kit that is not there costs them nothing, not even a question.
    final Blocks blocks;

    final ExplicitBlocks explicit;
    final HiddenBlocks hidden;
    final ConfinedArenas confinedArenas;
    final int arenaClass;                       // of the first blocks of arenas of one thread
    final OpenArenas openArenas = new OpenArenas();
    final CollectedMemory collected;
    final DirectBuffers directBuffers;
    final PressureListeners listeners;
    final SafetyKit kit;                        // null if debugging is off

    private final AllocatorOptions options;
    private final long pageSize;
    private final Events events;
    private final CoarseTicker ticker;
    private final RegionSource regions;
    private final Purger purger;
    private final Governor governor;
    private final Shards shards;
    private final Caches caches;
    private final Zeroing zeroing;
    private final LastResort lastResort;
    private final LargeBlocks large;
    private final VolatileBlocks volatileBlocks;
    private final Runnable withdrawBeans;       // null until the backend is nearly complete

    /// Null without the daemon, and until the backend is complete.
    private final MemoryDaemon.Registration registration;
    private final List<PressureSource> sources;

    /// @param daemon whether the daemon looks after the allocator; otherwise nothing happens between calls
    Backend(AllocatorOptions options, SystemMemory os, Ticker clock, boolean daemon) {
        options.checkLimits(os.pageSize());
        this.options = options;
        this.pageSize = os.pageSize();
        this.lifecycle = new Lifecycle(options.name());
        this.events = new Events(options.name());
        this.ticker = new CoarseTicker(clock);
        this.listeners = new PressureListeners(options.name());
        this.sources = options.sources().orElseGet(() -> PressureSources.detect(Platform.files()));
        try {
            final boolean isDebugged = options.debug().isOn();
            this.regions = new RegionSource(os, reservation(), options.checks() == Checks.ON, options.coreDumps());
            this.purger = new Purger(os);
            this.governor = new Governor(
                    options.softLimit(), options.hardLimit(), options.reserve(), sources, new OwnMemory());
            this.lastResort = new LastResort(governor, listeners, events, () -> statsReader().readCounted());
            this.zeroing = new Zeroing(os, options.zeroOnFree());
            this.shards = new Shards(os, regions, governor, purger, ticker, events, options.freedRuns(),
                    options.hugePages() == HugePages.MADVISE ? PageKind.HUGE : PageKind.BASE, options.shards());
            this.caches = new Caches(os, shards, governor, Runtime.getRuntime().availableProcessors());
            this.purger.addSource(caches);
            this.volatileBlocks = new VolatileBlocks(caches, shards, lastResort::acquire, zeroing::wipe);
            this.purger.addSource(volatileBlocks);

            final var classes = shards.classes();
            final var allBlocks = new Blocks(regions, shards, pageSize);
            final var seenBlocks = isDebugged ? Blocks.blind(regions, shards, pageSize) : allBlocks;
            this.blocks = options.zeroOnFree() && !isDebugged ? Blocks.takingNone(regions, shards, pageSize) : seenBlocks;
            this.cacheTable = isDebugged ? NO_CACHES : caches.table();
            this.popTable = classes.areNative() ? cacheTable : NO_CACHES;
            this.backTable = options.zeroOnFree() ? NO_CACHES : popTable;

            final var pageCost = new PageCost(pageSize);
            final var slots = new SlotBlocks(lifecycle, caches, cacheTable, shards, lastResort, zeroing, pageCost, pageSize);
            this.large = new LargeBlocks(caches, lastResort, zeroing, ticker, pageSize);
            final var plain = new PlainBlocks(allBlocks, classes, slots, large);
            this.kit = isDebugged ? newKit(plain, os) : null;
            final var source = new OpenBlocks(lifecycle, isDebugged ? kit : plain);
            this.explicit = new ExplicitBlocks(lifecycle, popTable, blocks, slots, source);
            this.hidden = new HiddenBlocks(blocks, slots, source);
            this.confinedArenas = new ConfinedArenas(lifecycle, caches, cacheTable, allBlocks, source, hidden);
            this.arenaClass = classes.indexOf(ConfinedArena.FIRST_BLOCK);
            this.collected = new CollectedMemory(hidden, seenBlocks, classes, options.directLimit(), options.hardLimit(),
                    options.explicitGc(), !options.zeroOnFree() && !isDebugged, pageCost, governor::shortSince);
            this.directBuffers = new DirectBuffers(collected);
            this.withdrawBeans = daemon ? registerBeans() : () -> { };
            this.registration = daemon ? MemoryDaemon.shared().register(maintenance()) : null;
        } catch (RuntimeException | Error e) {
            endAfter(e);
            throw e;
        }
    }

    private long reservation() {
        long memory = options.hardLimit();
        for (final var each : sources) {
            memory = Math.min(memory, each.read().map(MemoryReading::limitBytes).orElse(Long.MAX_VALUE));
        }
        memory = memory == Long.MAX_VALUE ? UNKNOWN_MEMORY : memory;
        return Math.min(memory, LARGEST_RESERVATION / RESERVE_FACTOR) * RESERVE_FACTOR;
    }

    private SafetyKit newKit(BlockSource plain, SystemMemory os) {
        final var made = new SafetyKit(options.name(), options.debug(), plain, os, FACADE);
        listeners.add((level, _) -> {
            if (level == MemoryPressure.CRITICAL) {
                made.drain();
            }
        });
        return made;
    }

    /// {@return takes them out again}
    private Runnable registerBeans() {
        if (!options.managementBeans() || !MANAGEABLE) {
            return () -> { };
        }
        final var bean = new AllocatorBean(() -> statsReader().readCounted(), this::stats, this::purge);
        return ManagementBeans.register(options.name(), bean, directBuffers);
    }

    /// {@return what the daemon does for this allocator, from now on}
    Maintenance maintenance() {
        return new Maintenance(options, sources, ticker, shards, caches, purger, governor, collected, listeners,
                events);
    }

    boolean zeroesFreed() {
        return zeroing.zeroesFreed();
    }

    String name() {
        return options.name();
    }

    /// {@return a volatile block}
    ///
    /// @throws OutOfMemoryError      if the memory cannot be had
    /// @throws IllegalStateException if the allocator is closed
    VolatileMemory allocateVolatile(long byteSize) {
        return lifecycle.whileOpen(() -> newVolatileBlock(byteSize));
    }

    private VolatileMemory newVolatileBlock(long byteSize) {
        final var extent = large.allocate(byteSize, 1);
        VolatileMemory block = null;
        try {
            zeroing.zeroUnlessKnown(extent, byteSize);
            block = volatileBlocks.create(extent, byteSize);
            return block;
        } finally {
            if (block == null) {
                large.giveBack(extent);
            }
        }
    }

    /// Gives back everything volatile, as [OffHeapAllocator#purge] says.
    long purge() {
        return lifecycle.whileOpen(() -> {
            collected.reclaim();
            caches.flushOwn();
            final var begun = events.purging();
            return events.purged(begun, Cause.CALL, purger.purgeAll());
        });
    }

    AllocatorStats stats() {
        return lifecycle.whileOpen(() -> statsReader().read());
    }

    private StatsReader statsReader() {
        return new StatsReader(options, regions, shards, caches, volatileBlocks, purger, governor, directBuffers,
                lastResort, pageSize);
    }

    /// Ends the allocator, as [OffHeapAllocator#close] says.
    void close() {
        if (!lifecycle.beginClose()) {
            return;
        }
        boolean done = false;
        try {
            new Handles(openArenas, volatileBlocks, caches).close();
            done = true;
        } finally {
            lifecycle.endClose(done);
        }
        end();
    }

    /// Gives everything back that the allocator has of others, as far as the constructor has come.
    private void end() {
        try {
            if (withdrawBeans != null) {
                withdrawBeans.run();
            }
            if (registration != null) {
                registration.close();
            }
            if (kit != null) {
                kit.close();
            }
        } finally {
            closeSources();
            if (regions != null) {
                regions.close();
            }
        }
    }

    private void closeSources() {
        if (options.sources().isEmpty()) {              // detected by us, so ours to close
            sources.forEach(PressureSource::close);
        }
    }

    /// Ends what did not come to be.
    private void endAfter(Throwable cause) {
        try {
            end();
        } catch (RuntimeException | Error e) {
            cause.addSuppressed(e);
        }
    }

    /// As [OffHeapAllocator#checkInvariants].
    boolean checkInvariants() {
        for (int tries = 1; ; tries++) {
            final long quiet = collected.quiet();
            final var before = stats();
            try {
                volatileBlocks.checkInvariants();
                final long[] hiddenSlots = collected.checkInvariants(shards);
                caches.checkInvariants(slot -> Arrays.binarySearch(hiddenSlots, slot) >= 0);
                return new HeapChecker(regions, shards, before, pageSize).check();
            } catch (AssertionError e) {
                if (tries == MOST_CHECKS || before.equals(stats()) && quiet >= 0 && collected.isQuietSince(quiet)) {
                    throw e;
                }
                Thread.yield();
            }
        }
    }

    /// How the governor makes room here.
    private final class OwnMemory implements Reclaimer {

        @Override
        public long reclaim(long bytes) {
            try {
                final var begun = events.purging();
                return events.purged(begun, Cause.GROWTH, purger.purge(bytes));
            } catch (OsException e) {
                return 0;                               // counted as a failure; the allocation fails instead
            }
        }

        @Override
        public long reclaimOrAwait(long bytes) {
            try {
                final var begun = events.purging();
                return events.purged(begun, Cause.GROWTH, purger.purgeOrAwait(bytes));
            } catch (OsException e) {
                return 0;                               // as above
            }
        }

        @Override
        public void flushCaches() {
            collected.reclaim();
            if (kit != null) {
                kit.drain();
            }
            caches.flushAll();
        }

        @Override
        public void shortage() {
            if (registration != null) {
                registration.hint();
            }
        }

        @Override
        public long residentBytes() {
            try {
                return regions.residentBytes();
            } catch (OsException e) {
                return 0;                               // the pessimistic answer
            }
        }
    }
}
