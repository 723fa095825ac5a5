package io.offheap.allocator.safety;

import io.offheap.allocator.debug.DebugReport;
import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.debug.MemoryError;
import io.offheap.allocator.debug.Trace;
import io.offheap.memory.os.SystemMemory;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// Stands between an allocator's surfaces and its blocks, and keeps a book of them.
///
/// ```
///   allocate --> live --- free ---> quarantine --- oldest ---> the source, which may hand it out again
///                 | redzone checked      | poison checked
/// ```
///
/// What has to be known of every block is in the book; with sampling alone only sampled blocks are, and the others pass
/// through to the source. Whoever takes a block out of the book frees it: so one of two frees at a time is refused.
///
/// Errors are told after the fact and change nothing in what the allocator does: a block with an overwritten redzone is freed.
///
/// Any thread may call any method, with no lock held.
public final class SafetyKit implements BlockSource {

    /// What every address is a multiple of.
    static final long ALIGNMENT = 16;

    /// So many bytes at least are behind a block with a redzone.
    private static final long REDZONE_BYTES = 16;

    private final String allocator;
    private final Debugging options;
    private final BlockSource source;
    private final Sampler sampler;
    private final TraceDepot traces;
    private final GuardedPages guards;
    private final Quarantine quarantine;
    private final BlockChecks checks;
    private final Findings findings;
    private final boolean keepsEveryBlock;

    private final Map<Long, Block> live = new ConcurrentHashMap<>();
    private final FreedBlocks freed = new FreedBlocks();

    /// @param allocator name that shows in reports
    /// @param facade    classes whose frames are left out at the innermost end of traces, by name, with the classes in them
    public SafetyKit(String allocator, Debugging options, BlockSource source, SystemMemory os, Set<String> facade) {
        this.allocator = allocator;
        this.options = options;
        this.source = source;
        this.sampler = new Sampler(options.samplingBytes(), () -> ThreadLocalRandom.current().nextDouble());
        this.traces = new TraceDepot(innermost(facade));
        this.guards = new GuardedPages(options.guards(), source, os);
        this.checks = new BlockChecks(options, guards);
        this.quarantine = new Quarantine(options.quarantineBytes());
        this.findings = new Findings(allocator, options.listener());
        this.keepsEveryBlock = options.changesEveryBlock();
    }

    private static Set<String> innermost(Set<String> facade) {
        final var all = new HashSet<>(facade);
        all.add(SafetyKit.class.getName());
        all.add(TraceDepot.class.getName());
        return Set.copyOf(all);
    }

    /// {@return the address of a new block} Arguments are checked already.
    ///
    /// @param zeroed whether it must read as zero
    /// @throws OutOfMemoryError if the memory cannot be had
    @Override
    public long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        final var block = newBlock(byteSize, byteAlignment, zeroed);
        return block != null ? enter(block, zeroed) : passedOn(source.allocate(byteSize, byteAlignment, zeroed));
    }

    /// {@return the address of a new block of an arena or a buffer, which [#free], [#usableSize] and [#resizeInPlace] refuse} As [#allocate].
    ///
    /// @param zeroed whether it must read as zero
    /// @throws OutOfMemoryError if the memory cannot be had
    @Override
    public long allocateHidden(long byteSize, long byteAlignment, boolean zeroed) {
        final var block = newBlock(byteSize, byteAlignment, zeroed);
        if (block == null) {
            return passedOn(source.allocateHidden(byteSize, byteAlignment, zeroed));
        }
        block.isHidden = true;
        return enter(block, zeroed);
    }

    /// {@return a block for the book, or null if it need not be there}
    private Block newBlock(long byteSize, long byteAlignment, boolean zeroed) {
        if (sampler.takes(byteSize)) {
            return sampledBlock(byteSize, byteAlignment, zeroed);
        }
        return keepsEveryBlock ? plainBlock(byteSize, byteAlignment, zeroed, null) : null;
    }

    private long passedOn(long address) {
        freed.forget(address);
        return address;
    }

    private Block sampledBlock(long byteSize, long byteAlignment, boolean zeroed) {
        final var trace = traces.record();
        final var guarded = guards.allocate(byteSize, byteAlignment, trace);
        return guarded != null ? guarded : plainBlock(byteSize, byteAlignment, zeroed, trace);
    }

    private Block plainBlock(long byteSize, long byteAlignment, boolean zeroed, Trace trace) {
        if (!options.redzones()) {
            final long address = source.allocate(byteSize, byteAlignment, zeroed);
            return Block.plain(address, byteSize, address + byteSize, trace);
        }
        final long address = source.allocate(byteSize + REDZONE_BYTES, byteAlignment, zeroed);
        final long high = address + source.usableSize(address);
        return Block.plain(address, byteSize, high, trace);
    }

    /// Fills a block and enters it into the book.
    private long enter(Block block, boolean zeroed) {
        boolean done = false;
        try {
            checks.fillNew(block, zeroed);
            freed.forget(block.address);
            live.put(block.address, block);
            done = true;
            return block.address;
        } finally {
            if (!done) {
                giveBack(block);
            }
        }
    }

    private void giveBack(Block block) {
        if (block.isGuarded) {
            guards.release(block);
        } else {
            source.free(block.base, BlockSource.ANY_SIZE);
        }
    }

    /// Frees a block.
    ///
    /// @param byteSize as it was handed out, or [BlockSource#ANY_SIZE]
    /// @throws IllegalArgumentException if it is no live block of that size; nothing has changed then. Its cause says who freed it
    ///                                  first and who allocated it, as far as that is known
    @Override
    public void free(long address, long byteSize) {
        final var block = live.get(address);
        if (block == null) {
            freeUnknown(address, byteSize);
            return;
        }
        checkNotHidden(block);
        checkSize(block, byteSize);
        free(block);
    }

    /// Frees a hidden block, of any size. Its owner sees to it that this happens once.
    @Override
    public void freeHidden(long address) {
        final var block = live.get(address);
        if (block == null) {
            source.freeHidden(address);
        } else {
            free(block);
        }
    }

    private void free(Block block) {
        final var trace = block.isSampled() ? traces.record() : null;
        if (!takeFromBook(block)) {
            throw Refusals.alreadyFreed(block);
        }
        block.freed = trace;
        retire(block);
    }

    /// {@return whether this thread is the one that frees a block}
    private boolean takeFromBook(Block block) {
        synchronized (block) {                          // not while somebody looks at it
            return live.remove(block.address, block);
        }
    }

    private void freeUnknown(long address, long byteSize) {
        if (keepsEveryBlock) {
            throw notLive(address);
        }
        try {
            source.free(address, byteSize);
        } catch (IllegalArgumentException e) {
            final var last = freed.at(address);
            if (last != null) {
                e.initCause(last.history());
            }
            throw e;
        }
    }

    private static void checkNotHidden(Block block) {
        if (block.isHidden) {
            throw Refusals.hidden(block);
        }
    }

    private static void checkSize(Block block, long byteSize) {
        if (byteSize != BlockSource.ANY_SIZE && byteSize != block.size) {
            throw Refusals.otherSize(block, byteSize);
        }
    }

    private IllegalArgumentException notLive(long address) {
        final var around = liveAround(address);
        if (around != null) {
            return Refusals.interior(address, around);
        }
        final var last = freed.at(address);
        return last == null ? Refusals.foreign(address) : Refusals.alreadyFreed(last);
    }

    /// {@return the live block that an address lies in, or null} O(blocks): for messages.
    private Block liveAround(long address) {
        for (final var block : live.values()) {
            if (block.contains(address)) {
                return block;
            }
        }
        return null;
    }

    /// Checks a block that is out of the book, and puts it into quarantine.
    private void retire(Block block) {
        tell(block, checks.liveError(block));
        freed.add(block);
        checks.fillFreed(block);
        if (!quarantine.admits(block)) {
            release(block);
            return;
        }
        block.isQuarantined = true;
        quarantine.add(block);
        for (var oldest = quarantine.takeExcess(); oldest != null; oldest = quarantine.takeExcess()) {
            release(oldest);
        }
    }

    /// Checks a block and gives its memory back.
    private void release(Block block) {
        final MemoryError error;
        synchronized (block) {                          // not while somebody looks at it
            error = checks.freedError(block);
            block.isQuarantined = false;
        }
        freed.release(block);
        giveBack(block);
        tell(block, error);
    }

    private void tell(Block block, MemoryError error) {
        if (error != null && !block.isReported) {
            block.isReported = true;
            findings.add(error);
        }
    }

    /// {@return the bytes that may be used of a live block: those that were asked for, if it is in the book}
    ///
    /// @throws IllegalArgumentException if it is none
    @Override
    public long usableSize(long address) {
        final var block = live.get(address);
        if (block != null) {
            checkNotHidden(block);
            return block.size;
        }
        if (keepsEveryBlock) {
            throw notLive(address);
        }
        return source.usableSize(address);
    }

    /// Changes the size of a block where it lies, unless it is in the book: then it has to move.
    @Override
    public boolean resizeInPlace(long address, long byteSize, long newByteSize) {
        final var block = live.get(address);
        if (block == null) {
            if (keepsEveryBlock) {
                throw notLive(address);
            }
            return source.resizeInPlace(address, byteSize, newByteSize);
        }
        checkNotHidden(block);
        checkSize(block, byteSize);
        return false;
    }

    /// Notes that nobody has to free a block: it is no leak.
    ///
    /// @return the address
    @Override
    public long leaveToCollector(long address) {
        final var block = live.get(address);
        if (block != null) {
            block.isCollected = true;
        }
        return address;
    }

    /// Gives back what is in quarantine, for those who need memory.
    public void drain() {
        for (var oldest = quarantine.takeOldest(); oldest != null; oldest = quarantine.takeOldest()) {
            release(oldest);
        }
    }

    /// {@return what is known now} All blocks in the book and in quarantine are checked first. O(their bytes).
    public DebugReport report() {
        checkAll();
        final var census = new Census(sampler);
        live.values().forEach(census::addLive);
        quarantine.forEach(census::addQuarantined);
        return census.report(allocator, options.samplingBytes(), findings);
    }

    /// Others go on meanwhile: a block cannot be freed, or its memory used again, while it is looked at. That is the one place
    /// where a system call is made with a lock held, for guard pages, and only a free of the same block waits for it.
    private void checkAll() {
        for (final var block : live.values()) {
            MemoryError error = null;
            synchronized (block) {
                if (live.get(block.address) == block) {
                    error = checks.liveError(block);
                }
            }
            tell(block, error);
        }
        quarantine.forEach(block -> {
            MemoryError error = null;
            synchronized (block) {
                if (block.isQuarantined) {
                    error = checks.freedError(block);
                }
            }
            tell(block, error);
        });
    }

    /// Ends the kit, before the memory goes: checks everything, and tells of what is live.
    public void close() {
        final var last = report();
        guards.close();
        if (last.knownBlocks() > 0) {
            findings.leaked(last);
        }
    }
}
