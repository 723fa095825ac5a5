package io.offheap.bench.vm;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Words at random places, bytes as a whole, and marks: a space beside a plain segment of the same size.
final class AccessContest implements AutoCloseable {

    static final long SEED = 42;
    private static final int MARKS = 2_000;

    private final VmShape shape;
    private final long size;
    private final long places;
    private final MemoryDomain domain = MemoryDomain.create();
    private final AddressSpace space = domain.newSpace("accessed");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private final MemorySegment target;

    AccessContest(VmShape shape) {
        this.shape = shape;
        size = shape.accessBytes();
        places = size / Long.BYTES - 1;
        segment = arena.allocate(size, Long.BYTES);
        target = arena.allocate(size, Long.BYTES);
        space.map(0, size);
        for (long at = 0; at < size; at += Long.BYTES) {
            space.putLong(at, at);
            segment.set(ValueLayout.JAVA_LONG, at, at);
        }
        target.fill((byte) 1);
    }

    @Override
    public void close() {
        domain.close();
        arena.close();
    }

    /// Measures everything.
    void measure(Findings findings) {
        final SideBySide gets = contest(
                new Work(VmShape.SPACE, shape.batch(), this::getFromSpace),
                new Work(VmShape.SEGMENT, shape.batch(), this::getFromSegment));
        findings.add(
                gets.results("vm-get", size),
                Goal.atMost("random getLong, against MemorySegment.get", gets.ratio(0, 1).median(), 3, 1.5, "x"));
        final SideBySide puts = contest(
                new Work(VmShape.SPACE, shape.batch(), this::putToSpace),
                new Work(VmShape.SEGMENT, shape.batch(), this::putToSegment));
        findings.add(
                puts.results("vm-put", size), Goal.atMost("random putLong", puts.cpu(0).median(), 15, 5, "ns"));
        final SideBySide copies = contest(
                new Work(VmShape.SPACE, 1, this::readSpace), new Work(VmShape.SEGMENT, 1, this::copySegment));
        findings.add(
                copies.results("vm-read", size),
                Goal.atLeast("bulk copy, against MemorySegment.copy", copies.ratio(1, 0).median(), 0.8, 0.95, "x"));
        marks(findings);
    }

    private void marks(Findings findings) {
        final long page = domain.pageSize();
        final SideBySide marks = contest(
                new Work(VmShape.SPACE, MARKS, () -> mark(page)), new Work(VmShape.SPACE, MARKS, () -> mark(size)));
        findings.add(
                marks.only(0).results("vm-mark", page), Goal.atMost("mark and unmark 1 page", marks.cpu(0).median(), 300, 100, "ns"));
        findings.add(
                marks.only(1).results("vm-mark", size),
                Goal.atMost("mark and unmark " + size / page + " pages", marks.cpu(1).median(), 300, 100, "ns"),
                Goal.atMost("the same, against 1 page", marks.ratio(1, 0).median(), 3, 1, "x"));
    }

    private SideBySide contest(Work... works) {
        return SideBySide.measure(shape.warmUpMillis(), shape.rounds(), List.of(works));
    }

    /// xorshift64: everybody goes to the same places.
    static long next(long random) {
        final long x = random ^ random << 13;
        final long y = x ^ x >>> 7;
        return y ^ y << 17;
    }

    // The loops load no fields of this object: that would be measured too.

    private long getFromSpace() {
        final AddressSpace memory = space;
        final long mask = places;
        final int batch = shape.batch();
        long sum = 0;
        long random = SEED;
        for (int i = 0; i < batch; i++) {
            random = next(random);
            sum += memory.getLong((random & mask) * Long.BYTES);
        }
        return sum;
    }

    private long getFromSegment() {
        final MemorySegment memory = segment;
        final long mask = places;
        final int batch = shape.batch();
        long sum = 0;
        long random = SEED;
        for (int i = 0; i < batch; i++) {
            random = next(random);
            sum += memory.get(ValueLayout.JAVA_LONG, (random & mask) * Long.BYTES);
        }
        return sum;
    }

    private long putToSpace() {
        final AddressSpace memory = space;
        final long mask = places;
        final int batch = shape.batch();
        long random = SEED;
        for (int i = 0; i < batch; i++) {
            random = next(random);
            memory.putLong((random & mask) * Long.BYTES, random);
        }
        return random;
    }

    private long putToSegment() {
        final MemorySegment memory = segment;
        final long mask = places;
        final int batch = shape.batch();
        long random = SEED;
        for (int i = 0; i < batch; i++) {
            random = next(random);
            memory.set(ValueLayout.JAVA_LONG, (random & mask) * Long.BYTES, random);
        }
        return random;
    }

    private long readSpace() {
        space.read(0, target);
        return target.get(ValueLayout.JAVA_LONG, size / 2);
    }

    private long copySegment() {
        MemorySegment.copy(segment, 0, target, 0, size);
        return target.get(ValueLayout.JAVA_LONG, size / 2);
    }

    private long mark(long bytes) {
        long lost = 0;
        for (int i = 0; i < MARKS; i++) {
            space.markVolatile(0, bytes);
            lost += space.unmarkVolatile(0, bytes).ordinal();
        }
        return lost;
    }
}
