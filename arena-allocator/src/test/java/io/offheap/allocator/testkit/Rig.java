package io.offheap.allocator.testkit;

import io.offheap.allocator.event.Events;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.memory.os.Errno;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.Reclaimer;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.util.CoarseTicker;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.FakeTicker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// What lies below the page runs: memory that is watched, address space, a governor, a purger and a clock by hand.
public final class Rig implements AutoCloseable {

    /// Bytes of a large region.
    public static final long LARGE = 96L << 20;

    private static final long SMALL = 16L << 20;

    /// Who is told of what happens.
    public static final Events EVENTS = new Events("rig");

    /// A range of addresses that was given back.
    ///
    /// @param address start
    /// @param size    bytes
    public record Range(long address, long size) {}

    /// The memory, watched.
    public final SystemMemory os;
    /// Where addresses come from.
    public final RegionSource regions;
    /// Gives back what its sources offer.
    public final Purger purger;
    /// Counts what may be touched.
    public final Governor governor;
    /// The time.
    public final FakeTicker clock = new FakeTicker(1);
    /// The time as the layers see it: [#tick] sets it.
    public final CoarseTicker ticker = new CoarseTicker(clock);
    /// What was given back, in order.
    public final List<Range> purged = new ArrayList<>();

    /// What the kernel was told it may take, in order.
    public final List<Range> softened = new ArrayList<>();

    /// Whether the operating system refuses to take memory back.
    public volatile boolean refusing;
    /// Runs before memory is given back, while the runs are claimed.
    public volatile Runnable beforePurge = () -> { };
    /// Runs when the governor asks for caches to be flushed.
    public volatile Runnable flushCaches = () -> { };

    private final FakeMemory fake;

    private Rig(SystemMemory memory, FakeMemory fake, long reserved, long hardLimit, LongUnaryOperator pageSize) {
        this.fake = fake;
        this.os = new DelegatingMemory(memory) {
            @Override
            public long pageSize() {
                return pageSize.applyAsLong(super.pageSize());
            }

            /// {@return false, so that every range comes through [#advise]}
            @Override
            public boolean advisesInBatches() {
                return false;
            }

            @Override
            public void advise(long address, long size, Advice advice) {
                final var log = switch (advice) {
                    case DONTNEED -> purged;
                    case FREE -> softened;
                    default -> new ArrayList<Range>();
                };
                if (log == purged) {
                    beforePurge.run();
                }
                if (refusing && (log == purged || log == softened)) {
                    throw Errno.EINVAL.of("madvise", "refused by the test");
                }
                super.advise(address, size, advice);
                synchronized (log) {
                    log.add(new Range(address, size));
                }
            }
        };
        this.regions = new RegionSource(os, reserved, true, true);
        this.purger = new Purger(os);
        this.governor = new Governor(Long.MAX_VALUE, hardLimit, List.of(), new Reclaimer() {
            @Override
            public long reclaim(long bytes) {
                return purger.purge(bytes);
            }

            @Override
            public long reclaimOrAwait(long bytes) {
                return purger.purgeOrAwait(bytes);
            }

            @Override
            public void flushCaches() {
                flushCaches.run();
            }

            @Override
            public long residentBytes() {
                return 0;
            }
        });
    }

    /// {@return a rig over a little memory from the JDK}
    public static Rig fake() {
        return fake(Long.MAX_VALUE);
    }

    /// {@return a rig over memory from the JDK in one region of [#LARGE] bytes}
    public static Rig largeFake() {
        final var fake = new FakeMemory();
        return new Rig(fake, fake, LARGE, Long.MAX_VALUE, size -> size);
    }

    /// {@return a rig over memory from the JDK with a hard limit}
    ///
    /// @param hardLimit bytes
    public static Rig fake(long hardLimit) {
        final var fake = new FakeMemory();
        return new Rig(fake, fake, SMALL, hardLimit, size -> size);
    }

    /// {@return a rig over the memory of this process}
    public static Rig real() {
        return new Rig(Platform.memory(), null, LARGE, Long.MAX_VALUE, size -> size);
    }

    /// {@return a rig over the memory of this process that says its pages are larger than they are}
    ///
    /// @param pageSize bytes, a multiple of the size that they have
    public static Rig withPages(long pageSize) {
        return new Rig(Platform.memory(), null, LARGE, Long.MAX_VALUE, _ -> pageSize);
    }

    /// {@return shards over all that, with base pages only}
    ///
    /// @param freedRuns what becomes of freed runs
    /// @param count     how many
    public Shards shards(FreedRuns freedRuns, int count) {
        return shards(os, freedRuns, count);
    }

    /// {@return shards as [#shards(FreedRuns, int)] whose memory a test watches further}
    ///
    /// @param watched over [#os]
    public Shards shards(SystemMemory watched, FreedRuns freedRuns, int count) {
        return new Shards(watched, regions, governor, purger, ticker, EVENTS, freedRuns, PageKind.BASE, count);
    }

    /// {@return the time after one more nanosecond}
    public long tick() {
        clock.advance(1);
        return ticker.advance();
    }

    @Override
    public void close() {
        refusing = false;
        beforePurge = () -> { };
        regions.close();
        if (fake != null) {
            fake.close();
        }
    }
}
