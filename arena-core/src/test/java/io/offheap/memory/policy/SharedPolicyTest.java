package io.offheap.memory.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SharedPolicyTest {

    private static final long SEED = 7;
    private static final int PAGES = 12;

    private final SharedPolicy policies = new SharedPolicy();

    @Test
    void policySetAfterAMappingWasMadeCountsIt() {
        policies.attach();
        policies.attach();
        policies.set(0, 4, NodePolicy.parse("bind:0"));
        assertEquals(List.of(3), policies.references());
        policies.detach();
        assertEquals(List.of(2), policies.references());
    }

    @Test
    void splitPolicyIsTwoWithReferencesOfTheirOwn() {
        policies.attach();
        policies.set(0, 10, NodePolicy.parse("bind:0"));
        policies.set(3, 5, NodePolicy.parse("bind:1"));
        assertEquals(List.of(2, 2, 2), policies.references());
        policies.set(3, 5, NodePolicy.DEFAULT);
        assertEquals(List.of(2, 2), policies.references());
        assertEquals(NodePolicy.DEFAULT, policies.at(4));
        assertEquals("bind:0", policies.at(5).toString());
    }

    @Test
    void randomPoliciesAreThoseThatWereSetLast() {
        final var random = new Random(SEED);
        final var expected = new NodePolicy[PAGES];
        Arrays.fill(expected, NodePolicy.DEFAULT);
        int mappings = 0;
        for (int step = 0; step < 5_000; step++) {
            final int start = random.nextInt(PAGES);
            final int end = start + 1 + random.nextInt(PAGES - start);
            final var policy = random.nextInt(4) == 0 ? NodePolicy.DEFAULT : NodePolicy.parse("bind:" + random.nextInt(3));
            policies.set(start, end, policy);
            Arrays.fill(expected, start, end, policy);
            if (random.nextBoolean()) {
                policies.attach();
                mappings++;
            } else if (mappings > 0) {
                policies.detach();
                mappings--;
            }
            policies.checkInvariants(mappings);
            for (int page = 0; page < PAGES; page++) {
                assertEquals(expected[page], policies.at(page), "seed " + SEED + ", step " + step + ", page " + page);
            }
        }
    }
}
