package io.offheap.bench.measure;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;

/// How much CPU time was used so far.
public final class CpuTime {

    /// `CLOCK_PROCESS_CPUTIME_ID` of clock_gettime(2) on Linux.
    private static final int PROCESS_CLOCK = 2;

    /// Two longs: seconds and nanoseconds.
    private static final long TIMESPEC_BYTES = 2 * Long.BYTES;

    private static final MethodHandle CLOCK_GETTIME = clockGetTime();

    /// To look it up takes longer than to ask it.
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private CpuTime() {}

    /// {@return the CPU time of the calling thread, exact to the nanosecond}
    public static long threadNanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    /// {@return the CPU time of the whole process, the JVM's own threads included, exact to the nanosecond} The JDK's
    /// own figure is counted in ticks of 10 ms.
    public static long processNanos() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment time = arena.allocate(TIMESPEC_BYTES, Long.BYTES);
            final int code = (int) CLOCK_GETTIME.invokeExact(PROCESS_CLOCK, time);
            if (code != 0) {
                throw new IllegalStateException("clock_gettime(" + PROCESS_CLOCK + ") answered " + code);
            }
            return TimeUnit.SECONDS.toNanos(time.get(JAVA_LONG, 0)) + time.get(JAVA_LONG, Long.BYTES);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("clock_gettime throws nothing", impossible);
        }
    }

    @SuppressWarnings("restricted") // the JDK has no clock of the process that is fine enough
    private static MethodHandle clockGetTime() {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("clock_gettime"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    }
}
