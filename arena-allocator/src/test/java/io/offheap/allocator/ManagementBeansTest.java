package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.size.SizeClasses;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.management.Attribute;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.OpenType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManagementBeansTest {

    private static final long MIB = 1L << 20;

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    private static OffHeapAllocator.Builder named(String name) {
        return OffHeapAllocator.builder().name(name).decay(Duration.ofNanos(-1)).hardLimit(64 * MIB).pressure();
    }

    private static ObjectName bean(String name) throws Exception {
        return new ObjectName("io.offheap:type=Allocator,name=" + name);
    }

    private static ObjectName pool(String name) throws Exception {
        return new ObjectName("java.nio:type=BufferPool,name=" + name);
    }

    /// {@return what is left of each name after type and name, sorted}
    private Set<String> numbersOf(String name) throws Exception {
        final var found = new TreeSet<String>();
        for (final var each : server.queryNames(new ObjectName("io.offheap:type=Allocator,name=" + name + ",*"), null)) {
            found.add(String.valueOf(each.getKeyProperty("number")));
        }
        return found;
    }

    @Test
    void beanIsThereFromBuildToClose() throws Exception {
        assertFalse(server.isRegistered(bean("seen")));
        try (var allocator = named("seen").build()) {
            assertTrue(server.isRegistered(bean("seen")));
            assertTrue(server.isRegistered(pool("seen")));
            assertNotNull(allocator);
        }
        assertFalse(server.isRegistered(bean("seen")));
        assertFalse(server.isRegistered(pool("seen")));
    }

    @Test
    void everyAttributeIsAnOpenTypeAndSaysWhatTheStatisticsSay() throws Exception {
        try (var allocator = named("said").build()) {
            allocator.freeAddress(allocator.allocateAddress(MIB));
            allocator.allocateAddress(MIB);
            allocator.allocateAddress(100);
            final var buffer = allocator.allocateDirect(1000);
            allocator.purge();
            final var stats = allocator.stats();
            final var attributes = server.getMBeanInfo(bean("said")).getAttributes();
            for (final var attribute : attributes) {
                assertTrue(attribute.getDescriptor().getFieldValue("openType") instanceof OpenType<?>, attribute::toString);
            }
            final var names = Arrays.stream(attributes).map(each -> each.getName()).toArray(String[]::new);
            final var scalars = new ArrayList<String>();
            for (final Attribute each : server.getAttributes(bean("said"), names).asList()) {
                final String component = Character.toLowerCase(each.getName().charAt(0)) + each.getName().substring(1);
                if (!Set.of("stats", "classes").contains(component)) {
                    assertEquals(AllocatorStats.class.getMethod(component).invoke(stats), each.getValue(), component);
                    scalars.add(component);
                }
            }
            for (final var component : AllocatorStats.class.getRecordComponents()) {
                assertTrue(component.getName().equals("classes") || scalars.contains(component.getName()), component.getName());
            }
            assertEquals(names.length - 2, scalars.size(), "an attribute was not answered");
            Reference.reachabilityFence(buffer);                        // else it may be found in between
        }
    }

    @Test
    void statisticsAreOneCompositeWithALineForEachSizeClass() throws Exception {
        try (var allocator = named("composed").build()) {
            allocator.allocateAddress(100);
            final var stats = (CompositeData) server.getAttribute(bean("composed"), "Stats");
            assertEquals(112L, stats.get("allocatedBytes"));
            final var classes = (CompositeData[]) stats.get("classes");
            assertEquals(SizeClasses.COUNT, classes.length);
            final var used = classes[SizeClasses.indexOf(100)];
            assertEquals(112, used.get("slotBytes"));
            assertEquals(1L, used.get("usedSlots"));
            assertArrayEquals(classes, (CompositeData[]) server.getAttribute(bean("composed"), "Classes"));
        }
    }

    @Test
    void purgeAndPageAreOperations() throws Exception {
        try (var allocator = named("operated").build()) {
            final var bean = JMX.newMXBeanProxy(server, bean("operated"), AllocatorMXBean.class);
            allocator.freeAddress(allocator.allocateAddress(MIB));
            final long volatileBytes = bean.getVolatileBytes();
            assertTrue(volatileBytes >= MIB);
            assertEquals(volatileBytes, bean.purge());
            assertEquals(0, bean.getVolatileBytes());
            assertEquals(volatileBytes, bean.getStats().bytesPurged());
            assertTrue(bean.page().startsWith("allocator operated\n"));
        }
    }

    @Test
    void directBuffersShowAsABufferPool() throws Exception {
        try (var allocator = named("pooled").build()) {
            final var buffers = List.of(allocator.allocateDirect(1000), allocator.allocateDirect(24));
            final var pool = JMX.newMXBeanProxy(server, pool("pooled"), BufferPoolMXBean.class);
            assertEquals("pooled", pool.getName());
            assertEquals(2, pool.getCount());
            assertEquals(1024, pool.getTotalCapacity());
            assertEquals(1024, pool.getMemoryUsed());
            assertEquals(pool("pooled"), pool.getObjectName());
            assertEquals(2, buffers.size());
        }
    }

    @Test
    void furtherAllocatorsOfTheSameNameAreNumbered() throws Exception {
        final var first = named("twin").build();
        try (var second = named("twin").build()) {
            assertEquals(Set.of("null", "2"), numbersOf("twin"));
            second.allocateAddress(100);
            assertEquals(0L, server.getAttribute(bean("twin"), "AllocatedBytes"));
            assertEquals(112L, server.getAttribute(bean("twin,number=2"), "AllocatedBytes"));
            assertTrue(server.isRegistered(pool("twin,number=2")));
            first.close();
            assertEquals(Set.of("2"), numbersOf("twin"));
            try (var third = named("twin").build()) {
                assertNotNull(third);
                assertEquals(Set.of("null", "2"), numbersOf("twin"));
            }
        }
        assertEquals(Set.of(), numbersOf("twin"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b=c", "*", "what?", "\"quoted\"", "two\nlines", "größer", "with space", "a:b"})
    void everyNameCanBeShown(String name) throws Exception {
        try (var allocator = named(name).build()) {
            final var found = server.queryNames(new ObjectName("io.offheap:type=Allocator,*"), null).stream()
                    .filter(each -> JMX.newMXBeanProxy(server, each, AllocatorMXBean.class).getName().equals(name)).toList();
            assertEquals(1, found.size(), () -> "bean of " + allocator);
            final var key = found.getFirst().getKeyProperty("name");
            assertEquals(name, key.startsWith("\"") ? ObjectName.unquote(key) : key);
        }
    }

    @Test
    void noBeansWhereNoneAreWanted() throws Exception {
        try (var allocator = named("hidden").managementBeans(false).build()) {
            assertNotNull(allocator);
            assertFalse(server.isRegistered(bean("hidden")));
            assertFalse(server.isRegistered(pool("hidden")));
        }
    }
}
