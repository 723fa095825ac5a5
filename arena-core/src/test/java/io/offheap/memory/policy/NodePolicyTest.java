package io.offheap.memory.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodePolicyTest {

    @ParameterizedTest
    @ValueSource(strings = {"default", "bind:0", "prefer:1", "prefer", "interleave:0,2"})
    void policyIsPrintedAsItIsWritten(String text) {
        assertEquals(text, NodePolicy.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bind", "interleave", "default:0", "bind:", "bind:x", "bind:-1", "bind:64", "nowhere", ""})
    void whatIsNoPolicyIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> NodePolicy.parse(text));
    }

    @Test
    void maskHasABitForEachNode() {
        assertEquals(0b101, NodePolicy.parse("interleave:0,2").nodeMask());
        assertEquals(0, NodePolicy.DEFAULT.nodeMask());
    }
}
