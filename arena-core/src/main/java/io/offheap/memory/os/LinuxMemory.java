package io.offheap.memory.os;

import static io.offheap.memory.os.Downcall.bind;
import static io.offheap.memory.os.Downcall.bindVariadic;
import static io.offheap.memory.os.Downcall.bindVariadicWithoutErrno;
import static io.offheap.memory.os.Downcall.failed;
import static io.offheap.memory.os.Downcall.newState;
import static io.offheap.memory.os.Downcall.rethrow;
import static io.offheap.memory.os.Errno.range;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// [SystemMemory] on 64-bit Linux: one method for each system call.
///
/// Addresses cross as `long`, not as `MemorySegment`: this layer does not own lifetimes, the caller does.
///
/// ## Concurrency
/// Immutable but for the kernel.
public final class LinuxMemory implements SystemMemory {

    // asm-generic/mman-common.h and mman.h; the same on x86-64 and AArch64.
    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_SHARED = 0x01;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_PRIVATE_ANON_NORESERVE = MAP_PRIVATE | 0x20 | 0x4000;
    private static final long MAP_FAILED = -1L;
    private static final int MADV_POPULATE_WRITE = 23;                 // Linux 5.14

    // linux/mman.h, linux/memfd.h, linux/falloc.h, linux/mempolicy.h
    private static final int MREMAP_MAYMOVE = 1;
    private static final int MFD_CLOEXEC = 0x1;
    private static final int MFD_ALLOW_SEALING = 0x2;
    private static final int O_RDWR = 0x2;                             // asm-generic/fcntl.h
    private static final int F_ADD_SEALS = 1024 + 9;                   // linux/fcntl.h
    private static final int F_SEAL_SHRINK = 0x2;
    private static final int FALLOC_FL_KEEP_SIZE = 0x01;
    private static final int FALLOC_FL_PUNCH_HOLE = 0x02;
    private static final long MPOL_F_ADDR = 1L << 1;
    private static final long MAX_NODE = Long.SIZE + 1;                // the kernel takes one off: mm/mempolicy.c

    // linux/membarrier.h, Linux 4.14
    private static final long MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3;
    private static final long MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4;

    private static final int SC_PAGESIZE = 30;                         // bits/confname.h
    private static final long MINCORE_PAGES = 16 << 10;                // one byte each: 64 MiB a call at 4 KiB

    private static final MethodHandle SYSCONF = bind("sysconf", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
    private static final MethodHandle MMAP = bind("mmap", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = bind("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MADVISE = bind("madvise", FunctionDescriptor.of(
            JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MINCORE = bind("mincore", FunctionDescriptor.of(
            JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS));
    private static final MethodHandle MREMAP = bindVariadic("mremap", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT), 4);
    private static final MethodHandle MEMFD_CREATE = bind("memfd_create", FunctionDescriptor.of(
            JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FCNTL = bindVariadic("fcntl", FunctionDescriptor.of(
            JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), 2);
    private static final MethodHandle FTRUNCATE = bind("ftruncate", FunctionDescriptor.of(
            JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle FALLOCATE = bind("fallocate", FunctionDescriptor.of(
            JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    /// `membarrier(command, flags)`. Needs no Java heap: nobody could wait for writers otherwise.
    private static final MethodHandle MEMBARRIER = bindVariadicWithoutErrno("syscall", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), 1);
    /// `mbind(address, size, mode, nodes, maxNode, flags)`.
    private static final MethodHandle MBIND = bindVariadic("syscall", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG), 1);
    /// `get_mempolicy(mode, nodes, maxNode, address, flags)`.
    private static final MethodHandle GET_MEMPOLICY = bindVariadic("syscall", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), 1);

    private final Platform.Processor processor = Platform.current();
    private final long pageSize = askPageSize();
    private final boolean fencesThreads;
    private final ProcessAdvice processAdvice;

    /// Probes what this process may do. Use [Platform#memory], which does so once.
    LinuxMemory() {
        fencesThreads = membarrier(MEMBARRIER_REGISTER_PRIVATE_EXPEDITED) && membarrier(MEMBARRIER_PRIVATE_EXPEDITED);
        processAdvice = new ProcessAdvice(processor, this);
    }

    @Override
    public long pageSize() {
        return pageSize;
    }

    @Override
    public long reserve(long size) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final long address = (long) MMAP.invokeExact(
                    state, 0L, size, PROT_READ_WRITE, MAP_PRIVATE_ANON_NORESERVE, -1, 0L);
            if (address == MAP_FAILED) {
                throw failed(state, "mmap", range(0, size));
            }
            return address;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void release(long address, long size) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            if ((int) MUNMAP.invokeExact(state, address, size) != 0) {
                throw failed(state, "munmap", range(address, size));
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void commit(long address, long size) {
        madvise(address, size, MADV_POPULATE_WRITE, "POPULATE_WRITE");
    }

    @Override
    public void advise(long address, long size, Advice advice) {
        madvise(address, size, valueOf(advice), advice.name());
    }

    private static void madvise(long address, long size, int advice, String name) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            if ((int) MADVISE.invokeExact(state, address, size, advice) != 0) {
                throw failed(state, "madvise", range(address, size) + ", " + name);
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public boolean advisesInBatches() {
        return processAdvice.isTaken();
    }

    @Override
    public long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
        return processAdvice.give(addresses, sizes, count, advice);
    }

    static int valueOf(Advice advice) {
        return switch (advice) {
            case WILLNEED -> 3;
            case DONTNEED -> 4;
            case FREE -> 8;
            case REMOVE -> 9;
            case HUGEPAGE -> 14;
            case NOHUGEPAGE -> 15;
            case DONTDUMP -> 16;
            case COLD -> 20;
            case PAGEOUT -> 21;
        };
    }

    /// {@inheritDoc} One system call for each 16384 pages.
    @Override
    public long residentBytes(long address, long size) {
        final long step = MINCORE_PAGES * pageSize;
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var residency = scratch.allocate(MINCORE_PAGES, Long.BYTES);
            long pages = 0;
            for (long done = 0; done < size; done += step) {
                final long part = Math.min(step, size - done);
                if ((int) MINCORE.invokeExact(state, address + done, part, residency) != 0) {
                    throw failed(state, "mincore", range(address + done, part));
                }
                pages += countResident(residency, Math.ceilDiv(part, pageSize));
            }
            return pages * pageSize;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /// Eight pages at a time, and from an array, because this is called too seldom to be compiled soon. The other bits
    /// of each byte are reserved: mincore(2).
    private static long countResident(MemorySegment residency, long pages) {
        final long[] words = residency.asSlice(0, AlignedMath.alignUp(pages, Long.BYTES)).toArray(JAVA_LONG);
        if (pages % Long.BYTES != 0) {                                  // what lies behind is of an earlier call
            words[words.length - 1] &= (1L << pages % Long.BYTES * Byte.SIZE) - 1;
        }
        long count = 0;
        for (final long word : words) {
            count += Long.bitCount(word & 0x0101_0101_0101_0101L);
        }
        return count;
    }

    @Override
    public long remap(long address, long oldSize, long newSize) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final long moved = (long) MREMAP.invokeExact(state, address, oldSize, newSize, MREMAP_MAYMOVE);
            if (moved == MAP_FAILED) {
                throw failed(state, "mremap", range(address, oldSize) + ", to " + newSize + " bytes");
            }
            return moved;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public int createMemoryFile(String name) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final int file = (int) MEMFD_CREATE.invokeExact(state, scratch.allocateFrom(name), MFD_CLOEXEC | MFD_ALLOW_SEALING);
            if (file < 0) {
                throw failed(state, "memfd_create", name);
            }
            return file;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void sealAgainstShrinking(int file) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            if ((int) FCNTL.invokeExact(state, file, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
                throw failed(state, "fcntl", "file " + file + ", F_ADD_SEALS, F_SEAL_SHRINK");
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public int openFile(String path) {
        return Downcall.open(path, O_RDWR);
    }

    @Override
    public void resizeFile(int file, long size) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            if ((int) FTRUNCATE.invokeExact(state, file, size) != 0) {
                throw failed(state, "ftruncate", "file " + file + ", " + size + " bytes");
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void allocateFile(int file, long offset, long size) {
        fallocate(file, FALLOC_FL_KEEP_SIZE, "KEEP_SIZE", offset, size);
    }

    @Override
    public void punchHole(int file, long offset, long size) {
        fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "PUNCH_HOLE | KEEP_SIZE", offset, size);
    }

    private static void fallocate(int file, int mode, String modeName, long offset, long size) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            if ((int) FALLOCATE.invokeExact(state, file, mode, offset, size) != 0) {
                throw failed(state, "fallocate", "file %d, %s, from 0x%x, %d bytes".formatted(
                        file, modeName, offset, size));
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public long mapFile(int file, long offset, long size, boolean shared) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final int flags = shared ? MAP_SHARED : MAP_PRIVATE;
            final long address = (long) MMAP.invokeExact(state, 0L, size, PROT_READ_WRITE, flags, file, offset);
            if (address == MAP_FAILED) {
                throw failed(state, "mmap", "file %d, %s, from 0x%x, %d bytes".formatted(
                        file, shared ? "shared" : "private", offset, size));
            }
            return address;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void closeFile(int file) {
        Downcall.close(file);
    }

    @Override
    public void bindToNodes(long address, long size, int mode, long nodeMask) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var nodes = scratch.allocateFrom(JAVA_LONG, nodeMask);
            final long answer = (long) MBIND.invokeExact(
                    state, processor.mbind(), address, size, (long) mode, nodes, MAX_NODE, 0L);
            if (answer != 0) {
                throw failed(state, "mbind", "%s, mode %d, nodes 0x%x".formatted(range(address, size), mode, nodeMask));
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public int nodePolicyAt(long address) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var mode = scratch.allocate(JAVA_INT);
            final long answer = (long) GET_MEMPOLICY.invokeExact(
                    state, processor.getMempolicy(), mode, 0L, 0L, address, MPOL_F_ADDR);
            if (answer != 0) {
                throw failed(state, "get_mempolicy", "0x%x".formatted(address));
            }
            return mode.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public boolean fencesThreads() {
        return fencesThreads;
    }

    @Override
    public void fenceThreads() {
        final boolean done = membarrier(MEMBARRIER_PRIVATE_EXPEDITED);
        assert done || !fencesThreads : "membarrier worked once and fails now";
    }

    /// {@return whether the kernel did it}
    private boolean membarrier(long command) {
        try {
            return (long) MEMBARRIER.invokeExact(processor.membarrier(), command, 0L) == 0;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    private static long askPageSize() {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final long size = (long) SYSCONF.invokeExact(state, SC_PAGESIZE);
            if (size < 0) {
                throw failed(state, "sysconf", "_SC_PAGESIZE");
            }
            return size;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }
}
