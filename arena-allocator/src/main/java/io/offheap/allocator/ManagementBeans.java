package io.offheap.allocator;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/// The management beans of one allocator in the platform's server.
///
/// Loaded only where the module `java.management` is.
final class ManagementBeans {

    private static final Logger LOGGER = System.getLogger(ManagementBeans.class.getPackageName());

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final List<ObjectName> names = new ArrayList<>();

    private ManagementBeans() {}

    /// Registers the beans, as far as that works: a program that manages nothing must not fail for it.
    ///
    /// @return takes them out again
    static Runnable register(String name, AllocatorMXBean allocator, DirectBuffers buffers) {
        final var beans = new ManagementBeans();
        try {
            beans.add("io.offheap:type=Allocator,name=" + quoted(name), _ -> allocator);
            beans.add("java.nio:type=BufferPool,name=" + quoted(name), at -> new DirectBufferPool(name, at, buffers));
        } catch (JMException | RuntimeException e) {
            LOGGER.log(Level.WARNING, "no management beans for allocator " + name, e);
        }
        return beans::withdraw;
    }

    /// {@return a name as the value of a key: as it is, unless it has characters that mean something there}
    private static String quoted(String name) {
        return name.matches("[\\w .\\-]+") ? name : ObjectName.quote(name);
    }

    private void add(String name, Function<ObjectName, Object> toBean) throws JMException {
        for (int number = 1; ; number++) {
            final var free = new ObjectName(number == 1 ? name : name + ",number=" + number);
            try {
                server.registerMBean(toBean.apply(free), free);
                names.add(free);
                return;
            } catch (InstanceAlreadyExistsException _) {
                // an allocator of the same name: the next number
            }
        }
    }

    private void withdraw() {
        for (final var name : names) {
            try {
                server.unregisterMBean(name);
            } catch (JMException | RuntimeException e) {
                LOGGER.log(Level.WARNING, "the management bean " + name + " stays", e);
            }
        }
    }
}
