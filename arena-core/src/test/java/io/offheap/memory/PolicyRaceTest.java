package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.testkit.Race;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// Policies of a shared object are set, looked up and lose references at the same time.
class PolicyRaceTest {

    private static final int ROUNDS = 2_000;
    private static final int PAGES = 8;
    private static final List<String> POLICIES = List.of("bind:0", "interleave:0", "default");

    /// Each look sees one policy or the next, whole, and at the end each policy has the references that it must have.
    @Test
    void policiesAreSetLookedUpAndUnmappedAtTheSameTime() {
        try (var domain = MemoryDomain.builder().capacity(16 << 20).build(); var race = new Race()) {
            final long page = domain.pageSize();
            final var object = domain.newSharedObject("shared", PAGES * page);
            final var setter = mapped(domain, object);
            final var looker = mapped(domain, object);
            final Set<String> legal = new HashSet<>();
            for (final var policy : POLICIES) {
                setter.bind(page, 4 * page, policy);
                legal.add(looker.policies(0, PAGES * page));
            }
            assertEquals(POLICIES.size(), legal.size());
            final var stop = new AtomicBoolean();
            race.run(() -> {
                try {
                    for (int round = 0; round < ROUNDS; round++) {
                        setter.bind(page, 4 * page, POLICIES.get(round % POLICIES.size()));
                    }
                } finally {
                    stop.set(true);
                }
            }, () -> {
                for (long round = 0; !stop.get(); round++) {
                    final var seen = looker.policies(0, PAGES * page);
                    assertTrue(legal.contains(seen), seen);
                    object.punch(round % PAGES * page, page);
                    looker.putLong(round % PAGES * page, round);        // a page is made, by the policy of the moment
                }
            }, () -> {
                while (!stop.get()) {
                    final var guest = mapped(domain, object);
                    guest.unmap(2 * page, page);                        // of one mapping two are left
                    guest.close();
                }
            });
            setter.bind(0, 2 * page, "bind:0");
            setter.bind(2 * page, page, "interleave:0");
            domain.checkInvariants();
            assertEquals(List.of(3, 3), object.policyReferences().subList(0, 2));
            setter.close();
            looker.close();
            assertEquals(List.of(1, 1), object.policyReferences().subList(0, 2), "policies outlive all mappings");
        }
    }

    private static AddressSpace mapped(MemoryDomain domain, SharedObject object) {
        final var space = domain.newSpace();
        space.map(0, PAGES * domain.pageSize(), object, 0, true);
        return space;
    }
}
