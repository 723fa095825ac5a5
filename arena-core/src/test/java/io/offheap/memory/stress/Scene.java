package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What the cells of one stress share: a domain, whose frames go round among them, and a seed.
final class Scene {

    private final MemoryDomain domain;
    private final SplittableRandom seeds;
    private final Queue<AutoCloseable> remains = new ConcurrentLinkedQueue<>();
    private int tags = 1;

    /// @param seed of all that is chosen; what meets what the machine decides
    Scene(MemoryDomain domain, long seed) {
        this.domain = domain;
        this.seeds = new SplittableRandom(seed);
    }

    MemoryDomain domain() {
        return domain;
    }

    /// {@return the size of a page in bytes}
    long page() {
        return domain.pageSize();
    }

    /// {@return an empty space that lasts as long as the scene}
    AddressSpace newSpace(String name) {
        return keep(domain.newSpace(name));
    }

    /// Has something closed when the actors have ended: what they still have then.
    <T extends AutoCloseable> T keep(T something) {
        remains.add(something);
        return something;
    }

    /// {@return the first of some tags that no other writer has}
    int newTags(int count) {
        final int first = tags;
        tags += count;
        return first;
    }

    /// {@return numbers for one actor}
    SplittableRandom newRandom() {
        return seeds.split();
    }

    /// Closes what is left.
    void close() throws Exception {
        for (final var something : remains) {
            something.close();
        }
    }
}
