package io.offheap.testkit;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.SystemMemory;
import java.util.List;
import java.util.function.Supplier;

/// A [SystemMemory] whose nth call fails: what a library does when it is refused.
///
/// [#countThenFailEach] drives a program through every single failure (after Zig's
/// `checkAllAllocationFailures`) and notices leaks. A failing call has no effect, but for `closeFile`, which
/// closes, as Linux does.
///
/// ## Concurrency
/// Thread-safe; with several threads it is not said whose call is the nth.
public final class FailingMemory implements SystemMemory {

    private final SystemMemory os;
    private final Failures failures;
    private final boolean batches;
    private volatile long unreleasedBytes;

    /// @param os    what answers the other calls
    /// @param nth   the call to fail, from 1, of all that can fail; 0 for none
    /// @param errno what it fails with
    public FailingMemory(SystemMemory os, long nth, Errno errno) {
        this(os, nth, errno, true);
    }

    /// @param os      what answers the other calls
    /// @param nth     the call to fail, from 1, of all that can fail; 0 for none
    /// @param errno   what it fails with
    /// @param batches false to say that batches are not possible, whatever `os` says
    public FailingMemory(SystemMemory os, long nth, Errno errno, boolean batches) {
        this(os, new Failures(nth, errno), batches);
    }

    private FailingMemory(SystemMemory os, Failures failures, boolean batches) {
        this.os = os;
        this.failures = failures;
        this.batches = batches;
    }

    /// A program over a memory of its own. It must release what it reserved and close what it opened in every
    /// case, and be deterministic.
    @FunctionalInterface
    public interface Program {
        /// Runs with memory that nobody else uses. May end normally, or throw the failure it met or [OutOfMemoryError].
        void run(SystemMemory os) throws Exception;
    }

    /// Like [#countThenFailEach(Supplier, List, Program)] with default memory and ENOMEM, EAGAIN, EINVAL,
    /// EPERM and ENOSYS.
    public static FailureReport countThenFailEach(Program program) {
        return countThenFailEach(FakeMemory::new, Failures.EACH_ERRNO, program);
    }

    /// Runs a program once and counts its calls; then runs it again failing the 1st, 2nd, ... last call with
    /// each of the errors.
    ///
    /// @param memory a new memory for each run
    /// @throws AssertionError if a run leaks, throws anything but the failure itself or [OutOfMemoryError], or
    ///                        does not come to the call that was to fail
    public static FailureReport countThenFailEach(Supplier<FakeMemory> memory, List<Errno> errnos, Program program) {
        return Failures.countThenFailEach(errnos, failures -> {
            try (var fake = memory.get()) {
                final var failing = new FailingMemory(fake, failures, true);
                try {
                    program.run(failing);
                } finally {
                    failing.checkNothingLeaked(fake);
                }
            }
        });
    }

    /// What could not be released because that call failed is no leak.
    private void checkNothingLeaked(FakeMemory fake) {
        if (fake.reservedBytes() != unreleasedBytes || fake.openFiles() != 0) {
            fake.checkAllReleased();
        }
    }

    /// {@return calls that can fail, so far, the failed one included}
    public long calls() {
        return failures.calls();
    }

    /// {@return which call has failed, as `call #n ERRNO`, or null if none has}
    public String failed() {
        return failures.failed();
    }

    @Override
    public long pageSize() {
        return os.pageSize();
    }

    @Override
    public long reserve(long size) {
        failures.next("mmap", size + " bytes");
        return os.reserve(size);
    }

    @Override
    public void release(long address, long size) {
        if (failures.isNext("munmap")) {
            unreleasedBytes = size;
            throw failures.failure("munmap", range(address, size));
        }
        os.release(address, size);
    }

    @Override
    public void commit(long address, long size) {
        failures.next("madvise", range(address, size) + ", POPULATE_WRITE");
        os.commit(address, size);
    }

    @Override
    public void advise(long address, long size, Advice advice) {
        failures.next("madvise", range(address, size) + ", " + advice);
        os.advise(address, size, advice);
    }

    @Override
    public boolean fencesThreads() {
        return os.fencesThreads();
    }

    @Override
    public void fenceThreads() {
        os.fenceThreads();
    }

    @Override
    public boolean advisesInBatches() {
        return batches && os.advisesInBatches();
    }

    @Override
    public long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
        failures.next("process_madvise", count + " ranges, " + advice);
        return os.adviseAll(addresses, sizes, count, advice);
    }

    @Override
    public long residentBytes(long address, long size) {
        failures.next("mincore", range(address, size));
        return os.residentBytes(address, size);
    }

    @Override
    public long remap(long address, long oldSize, long newSize) {
        failures.next("mremap", range(address, oldSize) + ", to " + newSize + " bytes");
        return os.remap(address, oldSize, newSize);
    }

    @Override
    public int createMemoryFile(String name) {
        failures.next("memfd_create", name);
        return os.createMemoryFile(name);
    }

    @Override
    public void sealAgainstShrinking(int file) {
        failures.next("fcntl", "file " + file);
        os.sealAgainstShrinking(file);
    }

    @Override
    public int openFile(String path) {
        failures.next("open", path);
        return os.openFile(path);
    }

    @Override
    public void resizeFile(int file, long size) {
        failures.next("ftruncate", "file " + file + ", " + size + " bytes");
        os.resizeFile(file, size);
    }

    @Override
    public void allocateFile(int file, long offset, long size) {
        failures.next("fallocate", "file " + file + ", " + range(offset, size));
        os.allocateFile(file, offset, size);
    }

    @Override
    public void punchHole(int file, long offset, long size) {
        failures.next("fallocate", "file " + file + ", PUNCH_HOLE, " + range(offset, size));
        os.punchHole(file, offset, size);
    }

    @Override
    public long mapFile(int file, long offset, long size, boolean shared) {
        failures.next("mmap", "file " + file + ", " + range(offset, size));
        return os.mapFile(file, offset, size, shared);
    }

    @Override
    public void closeFile(int file) {
        final boolean fails = failures.isNext("close");
        os.closeFile(file);
        if (fails) {
            throw failures.failure("close", "file " + file);
        }
    }

    @Override
    public void bindToNodes(long address, long size, int mode, long nodeMask) {
        failures.next("mbind", range(address, size) + ", mode " + mode);
        os.bindToNodes(address, size, mode, nodeMask);
    }

    @Override
    public int nodePolicyAt(long address) {
        failures.next("get_mempolicy", "0x%x".formatted(address));
        return os.nodePolicyAt(address);
    }

    private static String range(long address, long size) {
        return "0x%x, %d bytes".formatted(address, size);
    }
}
