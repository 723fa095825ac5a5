package io.offheap.testkit;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// [SystemMemory] that asks the operating system for nothing but zeroed memory, so that every address can be used, and keeps
/// books about each page, so that a test can see what was asked for.
///
/// ```
///   file (descriptor) --> Storage, Storage, ...      one more whenever a mapped file grows
///   address           --> Storage                    real memory with an arena; for each page: mappings, committed, purges
/// ```
///
/// A storage is an anonymous reservation, a private copy of a part of a file, or a part of a file. Its arena
/// is closed when its last page is unmapped and, for a file, when the descriptor is closed too.
///
/// ## Rules
/// - **Residency**: a page counts as resident when it was committed since it was last purged, or when one of
///   its bytes is not 0. A fake cannot see that a page was touched with zeros.
/// - **Errors**: misaligned, empty or negative ranges are EINVAL, unmapped ones ENOMEM, unknown files EBADF,
///   reservations and file growth beyond the capacity ENOMEM.
/// - **Stricter than Linux**: unmapping what is not mapped is an [AssertionError]. Released pages are
///   filled with 0xdd as long as a neighbour in the same reservation keeps them accessible.
/// - **DONTNEED** zeroes private pages; **REMOVE** zeroes shared pages and their file. FREE, COLD and PAGEOUT
///   leave the contents, as a kernel that is never short.
/// - **NUMA**: one node, number 0.
/// - **Not faked** (ENOSYS): opening a file of the file system, a mapping that crosses from what a file had to what it got while it was mapped,
///   and remapping a shared mapping. Two shared mappings of one range of a file have the same address.
///
/// ## Concurrency
/// Thread-safe: one monitor.
public final class FakeMemory implements SystemMemory, AutoCloseable {

    /// Bytes of a page.
    public static final long PAGE_SIZE = 4096;

    private static final long DEFAULT_CAPACITY = 256L << 20;
    private static final int FIRST_FILE = 1000;
    private static final int MAX_RANGES = 1024;
    private static final int MAX_MODE = 3;
    private static final long NODES = 1;
    private static final byte RELEASED = (byte) 0xdd;
    private static final SystemMemory REAL = Platform.memory();
    private static final MemorySegment ZERO_PAGE = MemorySegment.ofArray(new long[(int) (PAGE_SIZE / Long.BYTES)]);

    /// One advice that was given: each range of a batch by itself.
    ///
    /// @param address page-aligned start
    /// @param size    bytes
    /// @param advice  what was said
    public record Advised(long address, long size, Advice advice) {}

    private final long capacity;
    private final boolean batches;
    private final TreeMap<Long, Storage> storages = new TreeMap<>();
    private final Map<Integer, MemoryFile> files = new HashMap<>();
    private final List<Advised> adviceLog = new ArrayList<>();
    private int nextFile = FIRST_FILE;
    private long reservedBytes;
    private long fileBytes;
    private long purgedBytes;
    private long calls;
    private boolean isClosed;

    /// 256 MiB that are advised in batches.
    public FakeMemory() {
        this(DEFAULT_CAPACITY, true);
    }

    /// @param capacity bytes that may be reserved or in files at a time
    public FakeMemory(long capacity) {
        this(capacity, true);
    }

    /// @param capacity bytes that may be reserved or in files at a time
    /// @param batches  what [#advisesInBatches] says; if false, [#adviseAll] fails with ENOSYS
    public FakeMemory(long capacity, boolean batches) {
        this.capacity = capacity;
        this.batches = batches;
    }

    // What a test may see.

    /// {@return calls of verbs that can fail, since the beginning}
    public synchronized long calls() {
        return calls;
    }

    /// {@return bytes mapped now; a file range that is mapped twice counts twice}
    public synchronized long reservedBytes() {
        return reservedBytes;
    }

    /// {@return how many memory files are open now}
    public synchronized int openFiles() {
        return files.size();
    }

    /// {@return bytes that DONTNEED, REMOVE and punched holes were applied to, since the beginning}
    public synchronized long purgedBytes() {
        return purgedBytes;
    }

    /// {@return how often the page that contains a mapped address was purged}
    public synchronized int purges(long address) {
        final long page = address & -PAGE_SIZE;
        final var storage = find("purges", page, PAGE_SIZE);
        return storage.purges[storage.pageOf(page)];
    }

    /// {@return all advices so far, or since [#clearAdviceLog], in their order}
    public synchronized List<Advised> adviceLog() {
        return List.copyOf(adviceLog);
    }

    /// Forgets the advices so far.
    public synchronized void clearAdviceLog() {
        adviceLog.clear();
    }

    /// {@return whether each byte of the range is mapped}
    public synchronized boolean isReserved(long address, long size) {
        try {
            find("isReserved", address, size);
            return true;
        } catch (OsException unmapped) {
            return false;
        }
    }

    /// Fails if anything is still mapped or open.
    ///
    /// @throws AssertionError that names what is left
    public synchronized void checkAllReleased() {
        if (reservedBytes != 0 || !files.isEmpty()) {
            throw new AssertionError("not released: %d bytes in %s, files %s".formatted(
                    reservedBytes, storages.values(), files.keySet()));
        }
    }

    /// Frees everything, mapped or not: no address of this memory may be used afterwards. Idempotent.
    @Override
    public synchronized void close() {
        storages.values().forEach(storage -> storage.arena.close());
        isClosed = true;
        storages.clear();
        files.clear();
        reservedBytes = 0;
        fileBytes = 0;
    }

    // SystemMemory.

    @Override
    public long pageSize() {
        return PAGE_SIZE;
    }

    @Override
    public synchronized long reserve(long size) {
        calls++;
        requireSize("mmap", 0, size);
        requireCapacity("mmap", size);
        return newStorage("mmap", size, 1).address();
    }

    @Override
    public synchronized void release(long address, long size) {
        calls++;
        requireRange("munmap", address, size);
        if (isClosed) {
            return;                     // what a closed source leaves is released when the collector has found it
        }
        unmap(address, size);
    }

    @Override
    public synchronized void commit(long address, long size) {
        calls++;
        requireRange("madvise", address, size);
        final var storage = find("madvise", address, size);
        storage.committed.set(storage.pageOf(address), storage.pageOf(address + size));
    }

    @Override
    public synchronized void advise(long address, long size, Advice advice) {
        calls++;
        apply("madvise", address, size, advice);
    }

    /// {@return true, for the real call is made: threads are never fake}
    @Override
    public boolean fencesThreads() {
        return REAL.fencesThreads();
    }

    @Override
    public void fenceThreads() {
        REAL.fenceThreads();
    }

    @Override
    public boolean advisesInBatches() {
        return batches;
    }

    @Override
    public synchronized long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
        calls++;
        final String arguments = count + " ranges, " + advice;
        if (!batches) {
            throw Errno.ENOSYS.of("process_madvise", arguments);
        }
        if (count < 1 || count > MAX_RANGES) {
            throw Errno.EINVAL.of("process_madvise", arguments);
        }
        long advised = 0;
        for (int i = 0; i < count; i++) {
            try {
                apply("process_madvise", addresses[i], sizes[i], advice);
            } catch (OsException failure) {
                if (i == 0) {
                    throw failure;
                }
                break;
            }
            advised += sizes[i];
        }
        return advised;
    }

    @Override
    public synchronized long residentBytes(long address, long size) {
        calls++;
        requireRange("mincore", address, size);
        final var storage = find("mincore", address, size);
        long resident = 0;
        for (int page = storage.pageOf(address); page < storage.pageOf(address + size); page++) {
            if (storage.committed.get(page) || storage.page(page).mismatch(ZERO_PAGE) != -1) {
                resident += PAGE_SIZE;
            }
        }
        return resident;
    }

    @Override
    public synchronized long remap(long address, long oldSize, long newSize) {
        calls++;
        requireRange("mremap", address, oldSize);
        requireSize("mremap", address, newSize);
        final var old = find("mremap", address, oldSize);
        if (old.isShared) {
            throw Errno.ENOSYS.of("mremap", range(address, oldSize) + " is a shared mapping");
        }
        if (newSize <= oldSize) {
            if (newSize < oldSize) {
                unmap(address + newSize, oldSize - newSize);
            }
            return address;
        }
        requireCapacity("mremap", newSize - oldSize);
        final var moved = newStorage("mremap", newSize, 1);
        RawMemory.copy(address, moved.address(), oldSize);
        for (int page = 0; page < oldSize / PAGE_SIZE; page++) {
            final int from = old.pageOf(address) + page;
            moved.committed.set(page, old.committed.get(from));
            moved.purges[page] = old.purges[from];
            moved.policies[page] = old.policies[from];
        }
        unmap(address, oldSize);
        return moved.address();
    }

    @Override
    public synchronized int createMemoryFile(String name) {
        calls++;
        files.put(nextFile, new MemoryFile());
        return nextFile++;
    }

    @Override
    public synchronized void sealAgainstShrinking(int file) {
        calls++;
        file("fcntl", file).isSealed = true;
    }

    @Override
    public synchronized int openFile(String path) {
        calls++;
        throw Errno.ENOSYS.of("open", path);
    }

    @Override
    public synchronized void resizeFile(int file, long size) {
        calls++;
        final var resized = file("ftruncate", file);
        if (resized.isSealed && size < resized.length) {
            throw Errno.EPERM.of("ftruncate", "file " + file + " is sealed, " + size + " bytes");
        }
        if (size < 0) {
            throw Errno.EINVAL.of("ftruncate", "file " + file + ", " + size + " bytes");
        }
        if (size < resized.length) {
            clear(resized, size, resized.length - size);
        } else {
            grow(resized, size);
        }
        resized.length = size;
    }

    @Override
    public synchronized void allocateFile(int file, long offset, long size) {
        calls++;
        final var allocated = file("fallocate", file);
        requireFileRange("fallocate", file, offset, size);
        grow(allocated, offset + size);
    }

    @Override
    public synchronized void punchHole(int file, long offset, long size) {
        calls++;
        final var punched = file("fallocate", file);
        requireFileRange("fallocate", file, offset, size);
        clear(punched, offset, size);
    }

    @Override
    public synchronized long mapFile(int file, long offset, long size, boolean shared) {
        calls++;
        final var mapped = file("mmap", file);
        final String arguments = "file %d, from 0x%x, %d bytes".formatted(file, offset, size);
        if (offset < 0 || size <= 0 || offset % PAGE_SIZE != 0 || size % PAGE_SIZE != 0) {
            throw Errno.EINVAL.of("mmap", arguments);
        }
        grow(mapped, offset + size);
        if (!shared) {
            requireCapacity("mmap", size);
            final var copy = newStorage("mmap", size, 1);
            mapped.forEach(offset, size, (storage, from, bytes) -> RawMemory.copy(storage.address() + from,
                    copy.address() + storage.fileOffset + from - offset, bytes));
            return copy.address();
        }
        for (final var storage : mapped.storages) {
            if (storage.fileOffset <= offset && offset + size <= storage.fileOffset + storage.size()) {
                final long address = storage.address() + offset - storage.fileOffset;
                storage.map(address, size);
                reservedBytes += size;
                return address;
            }
        }
        throw Errno.ENOSYS.of("mmap", arguments);
    }

    @Override
    public synchronized void closeFile(int file) {
        calls++;
        final var closed = file("close", file);
        files.remove(file);
        for (final var storage : closed.storages) {
            storage.isOpen = false;
            closedUnused(storage);
        }
    }

    @Override
    public synchronized void bindToNodes(long address, long size, int mode, long nodeMask) {
        calls++;
        requireRange("mbind", address, size);
        final var storage = find("mbind", address, size);
        if (mode < 0 || mode > MAX_MODE || (nodeMask & ~NODES) != 0 || mode > 1 && nodeMask == 0) {
            throw Errno.EINVAL.of("mbind", range(address, size) + ", mode " + mode + ", nodes " + nodeMask);
        }
        for (int page = storage.pageOf(address); page < storage.pageOf(address + size); page++) {
            storage.policies[page] = mode;
        }
    }

    @Override
    public synchronized int nodePolicyAt(long address) {
        calls++;
        final long page = address & -PAGE_SIZE;
        final Storage storage;
        try {
            storage = find("get_mempolicy", page, PAGE_SIZE);
        } catch (OsException unmapped) {
            throw Errno.EFAULT.of("get_mempolicy", "0x%x".formatted(address));
        }
        return storage.policies[storage.pageOf(page)];
    }

    private void apply(String call, long address, long size, Advice advice) {
        requireRange(call, address, size);
        final var storage = find(call, address, size);
        switch (advice) {
            case DONTNEED -> {
                if (!storage.isShared) {
                    storage.purge(address, size);
                    purgedBytes += size;
                }
            }
            case REMOVE -> {
                if (!storage.isShared) {
                    throw Errno.EINVAL.of(call, range(address, size) + ", REMOVE");
                }
                storage.purge(address, size);
                purgedBytes += size;
            }
            case FREE -> {
                if (storage.isShared) {
                    throw Errno.EINVAL.of(call, range(address, size) + ", FREE");
                }
            }
            case COLD, PAGEOUT, WILLNEED, HUGEPAGE, NOHUGEPAGE, DONTDUMP -> { }
        }
        adviceLog.add(new Advised(address, size, advice));
    }

    private Storage newStorage(String call, long size, int mappings) {
        final var storage = new Storage(REAL.reserve(size), size, mappings);
        storages.put(storage.address(), storage);
        reservedBytes += mappings * size;
        return storage;
    }

    private void unmap(long address, long size) {
        final Storage storage;
        try {
            storage = find("munmap", address, size);
        } catch (OsException unmapped) {
            throw new AssertionError("released, but not reserved: " + range(address, size), unmapped);
        }
        storage.unmap(address, size);
        reservedBytes -= size;
        if (!closedUnused(storage)) {
            storage.spoilUnmapped(address, size);
        }
    }

    /// {@return whether a storage was closed, since nobody uses it any more}
    private boolean closedUnused(Storage storage) {
        if (storage.isOpen || storage.isMapped()) {
            return false;
        }
        storages.remove(storage.address());
        if (storage.isShared) {
            fileBytes -= storage.size();
        }
        storage.arena.close();
        return true;
    }

    /// Gives a file storage up to `end`, in one piece with what it has if that is not mapped.
    private void grow(MemoryFile file, long end) {
        final long newEnd = (end + PAGE_SIZE - 1) & -PAGE_SIZE;
        if (newEnd <= file.storageEnd()) {
            return;
        }
        final var old = List.copyOf(file.storages);
        final boolean inOnePiece = old.stream().noneMatch(Storage::isMapped);
        final long start = inOnePiece ? 0 : file.storageEnd();
        requireCapacity("ftruncate", newEnd - file.storageEnd());
        final var added = newStorage("ftruncate", newEnd - start, 0);
        added.isShared = true;
        added.isOpen = true;
        added.fileOffset = start;
        fileBytes += added.size();
        if (inOnePiece) {
            for (final var storage : old) {
                RawMemory.copy(storage.address(), added.address() + storage.fileOffset, storage.size());
                storage.committed.stream().forEach(page ->
                        added.committed.set((int) (storage.fileOffset / PAGE_SIZE) + page));
                storage.isOpen = false;
                closedUnused(storage);
            }
            file.storages.clear();
        }
        file.storages.add(added);
    }

    private void clear(MemoryFile file, long offset, long size) {
        file.forEach(offset, size, (storage, from, bytes) -> {
            RawMemory.zero(storage.address() + from, bytes);
            final int first = (int) ((from + PAGE_SIZE - 1) / PAGE_SIZE);
            final int end = (int) ((from + bytes) / PAGE_SIZE);
            for (int page = first; page < end; page++) {
                storage.committed.clear(page);
                storage.purges[page]++;
                purgedBytes += PAGE_SIZE;
            }
        });
    }

    private MemoryFile file(String call, int file) {
        final var found = files.get(file);
        if (found == null) {
            throw Errno.EBADF.of(call, "file " + file);
        }
        return found;
    }

    private Storage find(String call, long address, long size) {
        final var entry = storages.floorEntry(address);
        if (entry == null || !entry.getValue().maps(address, size)) {
            throw Errno.ENOMEM.of(call, range(address, size));
        }
        return entry.getValue();
    }

    private void requireCapacity(String call, long more) {
        if (more > capacity - reservedBytes - fileBytes) {
            throw Errno.ENOMEM.of(call, range(0, more));
        }
    }

    private static void requireSize(String call, long address, long size) {
        if (size <= 0 || size % PAGE_SIZE != 0) {
            throw Errno.EINVAL.of(call, range(address, size));
        }
    }

    private static void requireRange(String call, long address, long size) {
        requireSize(call, address, size);
        if (address <= 0 || address % PAGE_SIZE != 0) {
            throw Errno.EINVAL.of(call, range(address, size));
        }
    }

    private static void requireFileRange(String call, int file, long offset, long size) {
        if (offset < 0 || size <= 0) {
            throw Errno.EINVAL.of(call, "file %d, from 0x%x, %d bytes".formatted(file, offset, size));
        }
    }

    private static String range(long address, long size) {
        return "0x%x, %d bytes".formatted(address, size);
    }

    /// A part of a file within one storage.
    @FunctionalInterface
    private interface PartOfFile {
        void accept(Storage storage, long from, long bytes);
    }

    private static final class MemoryFile {
        final List<Storage> storages = new ArrayList<>();
        long length;
        boolean isSealed;

        long storageEnd() {
            return storages.isEmpty() ? 0 : storages.getLast().fileOffset + storages.getLast().size();
        }

        void forEach(long offset, long size, PartOfFile action) {
            for (final var storage : storages) {
                final long from = Math.max(offset - storage.fileOffset, 0);
                final long to = Math.min(offset + size - storage.fileOffset, storage.size());
                if (from < to) {
                    action.accept(storage, from, to - from);
                }
            }
        }
    }

    private static final class Storage {
        final Arena arena = Arena.ofShared();
        final MemorySegment memory;
        final int[] mappings;
        final int[] purges;
        final int[] policies;
        final BitSet committed = new BitSet();
        /// Whether it belongs to a file.
        boolean isShared;
        /// Whether that file has its descriptor.
        boolean isOpen;
        long fileOffset;

        Storage(long address, long size, int mappings) {
            this.memory = RawMemory.segment(address, size, arena, _ -> REAL.release(address, size));
            final int pages = Math.toIntExact(size / PAGE_SIZE);
            this.mappings = new int[pages];
            this.purges = new int[pages];
            this.policies = new int[pages];
            Arrays.fill(this.mappings, mappings);
        }

        long address() {
            return memory.address();
        }

        long size() {
            return memory.byteSize();
        }

        int pageOf(long address) {
            return (int) ((address - address()) / PAGE_SIZE);
        }

        MemorySegment page(int page) {
            return memory.asSlice(page * PAGE_SIZE, PAGE_SIZE);
        }

        boolean maps(long address, long size) {
            if (size > size() - (address - address())) {
                return false;
            }
            for (int page = pageOf(address); page < pageOf(address + size); page++) {
                if (mappings[page] == 0) {
                    return false;
                }
            }
            return true;
        }

        boolean isMapped() {
            for (final int count : mappings) {
                if (count != 0) {
                    return true;
                }
            }
            return false;
        }

        void map(long address, long size) {
            for (int page = pageOf(address); page < pageOf(address + size); page++) {
                mappings[page]++;
            }
        }

        void unmap(long address, long size) {
            for (int page = pageOf(address); page < pageOf(address + size); page++) {
                mappings[page]--;
            }
        }

        /// Fills the private pages of a range that are not mapped any more: whoever reads them yet reads that.
        void spoilUnmapped(long address, long size) {
            for (int page = pageOf(address); page < pageOf(address + size); page++) {
                if (!isShared && mappings[page] == 0) {
                    page(page).fill(RELEASED);
                }
            }
        }

        void purge(long address, long size) {
            REAL.advise(address, size, Advice.DONTNEED);
            for (int page = pageOf(address); page < pageOf(address + size); page++) {
                committed.clear(page);
                purges[page]++;
            }
        }

        @Override
        public String toString() {
            return "[0x%x, %d bytes]".formatted(address(), size());
        }
    }
}
