package io.offheap.agent;

import java.util.Map;

/// What the agent has redirected: the management bean `io.offheap:type=Agent`, from the first redirected call on, where the
/// JVM has the module `java.management`.
///
/// Names are those of the methods of the JDK, such as `ByteBuffer.allocateDirect`. The memory itself shows in the beans of the
/// allocator.
public interface AgentMXBean {

    /// {@return classes that were loaded with redirected calls}
    long getRedirectedClasses();

    /// {@return classes that could not be redirected and run as they were compiled}
    long getFailedClasses();

    /// {@return call sites and method references that were redirected, by what they name}
    Map<String, Long> getRedirectedSites();

    /// {@return calls that came through them}
    Map<String, Long> getCalls();
}
