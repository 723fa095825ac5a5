package io.offheap.memory.os;

import static io.offheap.memory.os.Downcall.bindVariadic;
import static io.offheap.memory.os.Downcall.failed;
import static io.offheap.memory.os.Downcall.newState;
import static io.offheap.memory.os.Downcall.rethrow;
import static io.offheap.memory.os.Errno.range;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.offheap.memory.types.OsException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/// Advice on many ranges of this process in one system call, where the kernel takes it.
///
/// The kernel wants to know which process is meant, by a descriptor; a newer one has a number for whoever calls. What this one takes is
/// found out once.
///
/// ## Concurrency
/// Immutable. At most one file descriptor is kept, for the life of the process.
final class ProcessAdvice {

    private static final long PIDFD_SELF = -10_000;                    // linux/pidfd.h, Linux 6.14
    private static final long IOVEC_BYTES = 16;                        // linux/uio.h: base, length

    /// `pidfd_open(pid, flags)`.
    private static final MethodHandle SYSCALL_2 = bindVariadic("syscall", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), 1);
    /// `process_madvise(pidfd, ranges, count, advice, flags)`.
    private static final MethodHandle PROCESS_MADVISE = bindVariadic("syscall", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG), 1);

    private final Platform.Processor processor;
    private final long self;
    private final boolean isTaken;

    /// Probes what the kernel takes.
    ///
    /// @param memory where a page for that comes from
    ProcessAdvice(Platform.Processor processor, SystemMemory memory) {
        this.processor = processor;
        if (purges(PIDFD_SELF, memory)) {
            self = PIDFD_SELF;
            isTaken = true;
            return;
        }
        final long opened = openSelf();
        if (opened >= 0 && purges(opened, memory)) {
            self = opened;
            isTaken = true;
            return;
        }
        if (opened >= 0) {
            Downcall.close((int) opened);
        }
        self = PIDFD_SELF;                  // whoever gives advice all the same is told what the kernel says
        isTaken = false;
    }

    /// {@return a descriptor of this process, or a negative number if the kernel gives none}
    private long openSelf() {
        try (var scratch = Arena.ofConfined()) {
            return (long) SYSCALL_2.invokeExact(
                    newState(scratch), processor.pidfdOpen(), ProcessHandle.current().pid(), 0L);
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /// {@return whether DONTNEED through `pidfd` purges a page of this process} A kernel that knows the call
    /// may still refuse some advices, so the probe is the advice that matters and looks at what it did.
    private boolean purges(long pidfd, SystemMemory memory) {
        final long pageSize = memory.pageSize();
        final long page = memory.reserve(pageSize);
        try {
            RawMemory.putByte(page, (byte) 1);
            return give(pidfd, new long[] {page}, new long[] {pageSize}, 1, SystemMemory.Advice.DONTNEED) == pageSize
                    && RawMemory.getByte(page) == 0;
        } catch (OsException refused) {
            return false;
        } finally {
            memory.release(page, pageSize);
        }
    }

    /// {@return whether the kernel takes it}
    boolean isTaken() {
        return isTaken;
    }

    /// As [SystemMemory#adviseAll].
    long give(long[] addresses, long[] sizes, int count, SystemMemory.Advice advice) {
        return give(self, addresses, sizes, count, advice);
    }

    private long give(long pidfd, long[] addresses, long[] sizes, int count, SystemMemory.Advice advice) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var ranges = scratch.allocate(count * IOVEC_BYTES, JAVA_LONG.byteAlignment());
            for (int i = 0; i < count; i++) {
                ranges.set(JAVA_LONG, i * IOVEC_BYTES, addresses[i]);
                ranges.set(JAVA_LONG, i * IOVEC_BYTES + JAVA_LONG.byteSize(), sizes[i]);
            }
            final long advised = (long) PROCESS_MADVISE.invokeExact(
                    state, processor.processMadvise(), pidfd, ranges, (long) count, (long) LinuxMemory.valueOf(advice), 0L);
            if (advised < 0) {
                throw failed(state, "process_madvise", "%d ranges from %s, %s".formatted(
                        count, count == 0 ? "nowhere" : range(addresses[0], sizes[0]), advice));
            }
            return advised;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }
}
