package io.offheap.agent;

import java.lang.management.ManagementFactory;
import java.util.Map;
import javax.management.JMException;
import javax.management.ObjectName;

/// [AgentMXBean] over the counters. Loaded only where there is management.
final class AgentBean implements AgentMXBean {

    private static final String NAME = "io.offheap:type=Agent";

    private final Counters counters;

    private AgentBean(Counters counters) {
        this.counters = counters;
    }

    /// Shows the counters. Where the platform's server, which may be the program's own, refuses that, there is one warning: memory is
    /// redirected all the same.
    static void register(Counters counters, Log log) {
        try {
            ManagementFactory.getPlatformMBeanServer().registerMBean(new AgentBean(counters), new ObjectName(NAME));
        } catch (JMException | RuntimeException | LinkageError e) {
            log.warnOnce("bean", "no management bean " + NAME + ": " + e);
        }
    }

    @Override
    public long getRedirectedClasses() {
        return counters.classes();
    }

    @Override
    public long getFailedClasses() {
        return counters.failedClasses();
    }

    @Override
    public Map<String, Long> getRedirectedSites() {
        return counters.sites();
    }

    @Override
    public Map<String, Long> getCalls() {
        return counters.calls();
    }
}
