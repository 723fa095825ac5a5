package io.offheap.memory.os;

/// Everything the library asks of the operating system about memory, as a handful of verbs.
///
/// ## Contract
/// Addresses and sizes are in bytes and multiples of [#pageSize], sizes are positive, unless a method
/// says otherwise; the operating system checks it. A call that fails throws
/// [io.offheap.memory.types.OsException] with call, arguments and errno. An implementation holds no
/// policy: it neither retries, rounds, caches nor decides.
///
/// ## Concurrency
/// Thread-safe. Every call may take long and must not be made under a lock that a fast path takes.
public interface SystemMemory {

    /// {@return the size of a base page in bytes, a power of two, 4096 or more}
    long pageSize();

    /// {@return whether what [#reserve] gives costs addresses alone until it is touched, and again after it was given back}
    /// Otherwise all of it has memory for as long as it is reserved: there is no sense in reserving much ahead, and
    /// [#residentBytes] says nothing of what is in use.
    default boolean reservesAddressesOnly() {
        return true;
    }

    /// {@return the page-aligned start of `size` bytes of private address space, readable and writable,
    /// that reads as zero and has no memory behind it until it is touched} No swap or commit charge is
    /// reserved for it (`MAP_NORESERVE`).
    long reserve(long size);

    /// Gives address space back. Touching it afterwards kills the process, so the caller must know that
    /// nobody can.
    void release(long address, long size);

    /// Gives the memory of a range back whose addresses nobody will use any more, but for stale pointers: what they
    /// lead to reads as zero and can be touched.
    default void abandon(long address, long size) {
        advise(address, size, Advice.DONTNEED);
    }

    /// Puts memory behind every page of the range now (`MADV_POPULATE_WRITE`), contents unchanged, so that
    /// later touches do not fault. ENOMEM or EFAULT, with a part of the range populated, when there is none.
    void commit(long address, long size);

    /// Tells the kernel what the range is worth; see [Advice] for the effects.
    void advise(long address, long size, Advice advice);

    /// Whether [#adviseAll] works for this process. Probed once, with a page of the implementation's own.
    boolean advisesInBatches();

    /// Applies one advice to the first `count` ranges in one system call (`process_madvise`), in their order.
    ///
    /// @param addresses page-aligned starts
    /// @param sizes     sizes in bytes, multiples of the page size
    /// @param count     how many ranges, `1 .. 1024`
    /// @return bytes advised: all of them, or fewer when a range in the middle failed; what was advised is
    ///         then a prefix of the ranges, and the failing range may be advised in part
    /// @throws io.offheap.memory.types.OsException if not even the first range could be advised
    long adviseAll(long[] addresses, long[] sizes, int count, Advice advice);

    /// Whether [#fenceThreads] works for this process. Probed once.
    boolean fencesThreads();

    /// Makes every running thread of this process pass a full memory fence before it returns (`membarrier`, private
    /// expedited), so that one side of a handshake between threads needs no fence of its own.
    ///
    /// Does nothing where it does not work. A few microseconds: it interrupts the processors that run other threads of the process.
    void fenceThreads();

    /// {@return how many bytes of the range have memory with contents behind them (`mincore`)} For private
    /// memory: in this process, pages that were only read included; for a shared file mapping: in the file,
    /// whoever touched it, but not what [#allocateFile] put there and nobody has touched. Costs about a
    /// nanosecond a page.
    long residentBytes(long address, long size);

    /// Moves or resizes a mapping with its contents and their memory (`mremap`, `MREMAP_MAYMOVE`).
    ///
    /// @return where it lies now; the old range is unmapped as far as the new one does not cover it
    long remap(long address, long oldSize, long newSize);

    /// {@return a file descriptor of an anonymous memory file of size 0 (`memfd_create`)} Close it with
    /// [#closeFile]; mappings of it outlive it.
    ///
    /// @param name shows in `/proc/self/maps`; ASCII, at most 200 characters
    int createMemoryFile(String name);

    /// Keeps an anonymous memory file from ever becoming shorter, by whomever (`F_ADD_SEALS`, `F_SEAL_SHRINK`): mappings
    /// of what it has cannot be cut off.
    void sealAgainstShrinking(int file);

    /// {@return a file descriptor of an existing file, open for reading and writing (`open`, `O_RDWR | O_CLOEXEC`)}
    int openFile(String path);

    /// Sets the length of a file in bytes (`ftruncate`); need not be a multiple of the page size.
    void resizeFile(int file, long size);

    /// Puts memory (or disk space) behind a part of a file without changing what it reads or its length
    /// (`fallocate`, `KEEP_SIZE`).
    void allocateFile(int file, long offset, long size);

    /// Takes the memory (or disk space) from behind a part of a file; it reads as zero afterwards and the
    /// file keeps its length (`fallocate`, `PUNCH_HOLE | KEEP_SIZE`).
    void punchHole(int file, long offset, long size);

    /// {@return the start of a readable and writable mapping of `[offset, offset + size)` of the file}
    ///
    /// @param shared whether writes go to the file and are seen by its other mappers (`MAP_SHARED`), or
    ///               stay private copies (`MAP_PRIVATE`)
    long mapFile(int file, long offset, long size, boolean shared);

    /// Closes a file descriptor that this interface handed out.
    void closeFile(int file);

    /// Sets the NUMA policy of a range (`mbind`). The kernel's numbers: 0 default, 1 preferred, 2 bind,
    /// 3 interleave.
    ///
    /// @param nodeMask one bit a node, 0 for none
    void bindToNodes(long address, long size, int mode, long nodeMask);

    /// {@return the number of the NUMA policy in force at an address (`get_mempolicy`, `MPOL_F_ADDR`)}
    int nodePolicyAt(long address);

    /// What a range is worth to us. The effect is the one of the `madvise` value of the same name.
    enum Advice {
        /// Give the memory back now; private pages read as zero afterwards.
        DONTNEED,
        /// The kernel may take the memory when it is short; a page that is written before keeps its contents.
        FREE,
        /// First candidates for reclaim.
        COLD,
        /// Reclaim now.
        PAGEOUT,
        /// Will be used soon.
        WILLNEED,
        /// Free the memory of a shared mapping and punch a hole into its file.
        REMOVE,
        /// Back with huge pages where possible.
        HUGEPAGE,
        /// Never back with huge pages.
        NOHUGEPAGE,
        /// Leave out of core dumps.
        DONTDUMP
    }
}
