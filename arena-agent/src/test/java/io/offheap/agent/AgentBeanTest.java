package io.offheap.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class AgentBeanTest {

    @Test
    void aBeanThatIsRefusedIsAWarningAndNoFailure() throws Exception {
        final var server = ManagementFactory.getPlatformMBeanServer();
        final var name = new ObjectName("io.offheap:type=Agent");
        final var counters = new Counters();
        counters.countFailedClass();
        AgentBean.register(counters, new Log(Log.Verbosity.OFF));
        final var printed = new ByteArrayOutputStream();
        final var err = System.err;
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            AgentBean.register(new Counters(), new Log(Log.Verbosity.OFF));
        } finally {
            System.setErr(err);
        }
        assertEquals(1L, server.getAttribute(name, "FailedClasses"));
        server.unregisterMBean(name);
        final var said = printed.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains("no management bean io.offheap:type=Agent") && said.contains("InstanceAlreadyExists"), said);
    }
}
