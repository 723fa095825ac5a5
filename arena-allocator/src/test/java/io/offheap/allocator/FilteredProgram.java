package io.offheap.allocator;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// [PlainProgram] in a process to which a seccomp filter forbids every system call that the library can do without.
///
/// Arguments: the error number that the calls fail with. Prints `filtered`, or `no filter: ` and why, and then what the
/// program says.
final class FilteredProgram {

    // linux/prctl.h, linux/seccomp.h, linux/filter.h, linux/bpf_common.h
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final long SECCOMP_SET_MODE_FILTER = 1;
    private static final long SECCOMP_FILTER_FLAG_TSYNC = 1;            // all threads of the process
    private static final int SECCOMP_RET_ERRNO = 0x0005_0000;
    private static final int SECCOMP_RET_ALLOW = 0x7fff_0000;
    private static final short LOAD_WORD = 0x20;
    private static final short JUMP_IF_EQUAL = 0x15;
    private static final short RETURN = 0x06;
    private static final long INSTRUCTION_BYTES = 8;

    /// Numbers on x86-64 (asm/unistd_64.h) and on AArch64 (asm-generic/unistd.h).
    private enum Call {
        MADVISE(28, 233), PROCESS_MADVISE(440, 440), MEMBARRIER(324, 283), USERFAULTFD(323, 282), MINCORE(27, 232),
        MBIND(237, 235), GET_MEMPOLICY(239, 236), PIDFD_OPEN(434, 434), MEMFD_CREATE(319, 279), EVENTFD2(290, 19);

        private final int x86;
        private final int arm;

        Call(int x86, int arm) {
            this.x86 = x86;
            this.arm = arm;
        }
    }

    private FilteredProgram() {}

    public static void main(String[] arguments) throws Throwable {
        final var refusal = filter(Integer.parseInt(arguments[0]));
        System.out.println(refusal.isEmpty() ? "filtered" : "no filter: " + refusal);
        PlainProgram.run();
    }

    /// {@return why there is none, or an empty text}
    @SuppressWarnings("restricted") // the kernel is asked by the test, not by the library
    private static String filter(int errno) throws Throwable {
        final boolean isX86 = "amd64".equals(System.getProperty("os.arch"));
        final var linker = Linker.nativeLinker();
        final var prctl = linker.downcallHandle(linker.defaultLookup().findOrThrow("prctl"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                Linker.Option.firstVariadicArg(1));
        final var syscall = linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS),
                Linker.Option.firstVariadicArg(1));
        if ((int) prctl.invokeExact(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) {
            return "PR_SET_NO_NEW_PRIVS";
        }
        try (var arena = Arena.ofConfined()) {
            final long seccomp = isX86 ? 317 : 277;
            final long answer = (long) syscall.invokeExact(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
                    program(arena, List.of(Call.values()), isX86, errno));
            return answer == 0 ? "" : "seccomp answered " + answer;
        }
    }

    /// `struct sock_fprog`: how many instructions, and where they are. They look at the number of the call, the first word of what
    /// they are given.
    private static MemorySegment program(Arena arena, List<Call> calls, boolean isX86, int errno) {
        final long count = 2 + 2L * calls.size();
        final var code = arena.allocate(count * INSTRUCTION_BYTES, INSTRUCTION_BYTES);
        instruction(code, 0, LOAD_WORD, 0, 0);
        int next = 1;
        for (final var call : calls) {
            instruction(code, next++, JUMP_IF_EQUAL, 1, isX86 ? call.x86 : call.arm);
            instruction(code, next++, RETURN, 0, SECCOMP_RET_ERRNO | errno);
        }
        instruction(code, next, RETURN, 0, SECCOMP_RET_ALLOW);
        final var program = arena.allocate(2 * ADDRESS.byteSize(), ADDRESS.byteAlignment());
        program.set(JAVA_SHORT, 0, (short) count);
        program.set(ADDRESS, ADDRESS.byteSize(), code);
        return program;
    }

    /// `struct sock_filter`: code, how many to skip if true, if false, and a number.
    private static void instruction(MemorySegment code, int index, short operation, int skippedIfFalse, int number) {
        final long at = index * INSTRUCTION_BYTES;
        code.set(JAVA_SHORT, at, operation);
        code.set(JAVA_SHORT, at + Short.BYTES, (short) (skippedIfFalse << Byte.SIZE)); // little endian: true, then false
        code.set(JAVA_INT, at + Integer.BYTES, number);
    }
}
