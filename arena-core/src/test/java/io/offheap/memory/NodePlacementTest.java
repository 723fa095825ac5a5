package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.MappingException;
import io.offheap.memory.types.OsException;
import io.offheap.testkit.DelegatingMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Policies of private memory are the kernel's: asked of the kernel, and read from `/proc/self/numa_maps`.
class NodePlacementTest {

    private static final long MIB = 1L << 20;
    private static final int DEFAULT = 0;
    private static final int BIND = 2;
    private static final int ENOMEM = 12;

    private final SystemMemory os = Platform.memory();
    private final long page = os.pageSize();
    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(64 * MIB).build();
    private final AddressSpace space = domain.newSpace("A");

    @AfterEach
    void close() {
        domain.checkInvariants();
        domain.close();
    }

    private long nativeAddress(AddressSpace of, long address) {
        try (var pin = of.pin(address, page)) {
            return pin.segments().getFirst().address();
        }
    }

    private void assumeNuma() {
        final long probe = os.reserve(page);
        String refusal = "";
        try {
            os.bindToNodes(probe, page, BIND, 1);
        } catch (OsException e) {
            refusal = e.getMessage();
        } finally {
            os.release(probe, page);
        }
        assumeTrue(refusal.isEmpty(), "skipped: the kernel places no memory by nodes here: " + refusal);
    }

    @Test
    void pagesOfABoundRangeComeFromAPoolThatTheKernelPlaces() throws IOException {
        assumeNuma();
        space.map(0, 8 * MIB);
        space.putLong(0, 1);
        space.bind(page, 4 * MIB, "bind:0");
        for (long at = page; at < 8 * MIB; at += page) {
            space.putLong(at, at);
        }
        for (long at = 0; at < 8 * MIB; at += page) {
            assertEquals(at >= page && at < 4 * MIB + page ? BIND : DEFAULT, os.nodePolicyAt(nativeAddress(space, at)), "at " + at);
        }
        final var numaMaps = Path.of("/proc/self/numa_maps");
        assumeTrue(Files.isReadable(numaMaps), "skipped in part: the kernel has no " + numaMaps);
        final var policies = new TreeMap<Long, String>();
        Files.readAllLines(numaMaps).forEach(line ->
                policies.put(Long.parseUnsignedLong(line.substring(0, line.indexOf(' ')), 16), line));
        final String shown = policies.floorEntry(nativeAddress(space, page)).getValue();
        assertTrue(shown.contains(" bind:0 "), shown);
        assertTrue(policies.values().stream().filter(line -> line.contains(" bind:0 ")).count() <= 3,
                "4 MiB of one policy are at most three windows");
    }

    @Test
    void copiesAndForksKeepToThePolicy() {
        assumeNuma();
        space.map(0, MIB);
        space.bind(0, MIB, "bind:0");
        space.putLong(0, 1);
        try (var child = space.fork("B")) {
            child.putLong(0, 2);
            assertEquals(BIND, os.nodePolicyAt(nativeAddress(child, 0)));
            child.bind(0, MIB, "default");
            space.putLong(page, 1);
            child.putLong(page, 1);
            assertEquals(BIND, os.nodePolicyAt(nativeAddress(space, page)));
            assertEquals(DEFAULT, os.nodePolicyAt(nativeAddress(child, page)));
        }
    }

    /// A page that exists stays where it is; after a purge a new one is placed anew.
    @Test
    void policyIsForPagesThatAreMadeLater() {
        assumeNuma();
        space.map(0, page);
        space.putLong(0, 1);
        space.bind(0, page, "bind:0");
        assertEquals(DEFAULT, os.nodePolicyAt(nativeAddress(space, 0)));
        space.markVolatile(0, page);
        assertEquals(page, domain.purge(Long.MAX_VALUE));
        space.unmarkVolatile(0, page);
        space.putLong(0, 2);
        assertEquals(BIND, os.nodePolicyAt(nativeAddress(space, 0)));
    }

    @Test
    void nodesThatDoNotExistAreBookkeeping() {
        space.map(0, page);
        space.bind(0, page, "bind:63");
        space.putLong(0, 1);
        assertEquals("bind:63@0-1", space.policies(0, page));
        assertEquals(1, space.getLong(0));
    }

    @Test
    void refusalOfTheKernelAndHolesChangeNothing() {
        final var refusing = new DelegatingMemory(os) {
            private boolean refuses;

            @Override
            public void bindToNodes(long address, long size, int mode, long nodeMask) {
                if (refuses) {
                    throw new OsException("mbind", "window", ENOMEM, "no memory");
                }
                refuses = size > page;                                  // from the second window on
            }
        };
        final var options = MemoryDomain.builder().pressure().capacity(64 * MIB).options();
        try (var other = new MemoryDomain(options, refusing, null)) {
            final var space = other.newSpace("B");
            space.map(0, 8 * MIB);
            space.bind(0, 4 * MIB, "bind:0");
            assertThrows(OsException.class, () -> space.bind(0, 8 * MIB, "interleave:0"));
            assertThrows(MappingException.class, () -> space.bind(0, 16 * MIB, "bind:0"));
            assertEquals("bind:0@0-1024 default@1024-2048", space.policies(0, 8 * MIB));
            for (long at = 0; at < 4 * MIB; at += page) {
                space.putLong(at, 1);                                   // more than the window: from elsewhere
            }
            assertEquals(4 * MIB, other.stats().privateBytes());
            other.checkInvariants();
        }
    }

    /// A pool keeps no frame from anybody who could not have one otherwise.
    @Test
    void wholeCapacityCanBeUsedWhateverThePolicies() {
        try (var small = MemoryDomain.builder().pressure().capacity(3 * MIB).build()) {
            final var other = small.newSpace("C");
            other.map(0, 4 * MIB);
            other.bind(0, page, "bind:0");
            for (long at = 0; at < 3 * MIB; at += page) {
                other.putLong(at, 1);
            }
            assertThrows(OutOfMemoryError.class, () -> other.putLong(3 * MIB, 1));
            small.checkInvariants();
        }
    }
}
