package io.offheap.memory.stress;

/// Stores that wait for memory, and have all that is stored after them wait too: others see it late, while the thread has
/// long gone on and loads what comes next. A protocol that lacks a full barrier between a store and a load is seen by that.
final class SlowStores {

    /// More than caches hold.
    private static final int WORDS = 4 << 20;

    /// About as many as a processor keeps waiting.
    private static final int STORES = 24;

    private static final int STEP = 100_003;

    private final long[] far = new long[WORDS];
    private int at;

    /// Makes them wait.
    void store(long value) {
        int next = at;
        for (int i = 0; i < STORES; i++) {
            next = next + STEP & WORDS - 1;
            far[next] = value;
        }
        at = next;
    }
}
