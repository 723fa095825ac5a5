package io.offheap.allocator;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.concurrent.FutureTask;

/// What [AutoArenasTest] runs in a JVM of its own, with a small heap: threads that do nothing but open automatic arenas, while the one thread
/// that tells of their ends is slow, as on a busy machine.
final class AutoArenasProgram {

    private static final int THREADS = 4;
    private static final int ARENAS = 120_000;
    private static final int SLOW_ONE = 64;

    private AutoArenasProgram() {}

    /// Prints `done` at the end.
    public static void main(String[] arguments) throws Exception {
        try (var allocator = OffHeapAllocator.builder().pressure().build()) {
            final var tasks = new ArrayList<FutureTask<Long>>();
            for (int i = 0; i < THREADS; i++) {
                final var task = new FutureTask<>(() -> openMany(allocator));
                tasks.add(task);
                Thread.ofPlatform().start(task);
            }
            for (final var task : tasks) {
                if (task.get() != ARENAS) {
                    throw new AssertionError("not all arenas had memory");
                }
            }
            System.out.println("done");
        }
    }

    private static long openMany(OffHeapAllocator allocator) {
        long sum = 0;
        for (int i = 0; i < ARENAS; i++) {
            final var arena = allocator.ofAuto();
            final var segment = arena.allocate(64);
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            if (i % SLOW_ONE == 0) {
                Actions.atTheEnd(arena, AutoArenasProgram::takeTime);
            }
            sum += segment.get(ValueLayout.JAVA_BYTE, 0);
        }
        return sum;
    }

    /// Some 100 us of a processor.
    private static void takeTime() {
        final long begin = System.nanoTime();
        while (System.nanoTime() - begin < 100_000) {
            Thread.onSpinWait();
        }
    }
}
