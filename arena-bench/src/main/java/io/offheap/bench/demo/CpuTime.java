package io.offheap.bench.demo;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// How much CPU time was used so far.
final class CpuTime {

    private CpuTime() {}

    /// {@return the CPU time of the calling thread, exact to the nanosecond}
    static long threadNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /// {@return the CPU time of the whole process, the JVM's own threads included, in ticks of 10 ms}
    static long processNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
