package io.offheap.bench.vm;

import io.offheap.bench.result.Spread;
import io.offheap.memory.AddressSpace;
import io.offheap.memory.os.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Forks, and the writes after them.
///
/// Children are closed outside of what is measured. A first write is compared with the copy of a page between resident
/// buffers; the frames that it copies to are resident too, because the child before it left them.
final class ForkContest {

    private static final int FORKS = 32;
    private static final int CHILDREN = 16;
    private static final long FIRST_WRITE_BYTES = 8 << 20;

    /// Words that are written before a fork, to so many bytes: many more than what windows cost.
    private static final int WORDS = 400_000;
    private static final long WRITTEN_BYTES = 1 << 20;

    private final VmShape shape;
    private final List<AddressSpace> children = new ArrayList<>();

    ForkContest(VmShape shape) {
        this.shape = shape;
    }

    /// Forks of a large space beside those of a small one.
    void forks(Findings findings, PopulatedSpace large) {
        try (PopulatedSpace small = PopulatedSpace.of(Math.min(VmShape.SMALL_BYTES, large.bytes()))) {
            final SideBySide forks = SideBySide.measure(
                    shape.warmUpMillis(),
                    shape.rounds(),
                    List.of(
                            new Work(VmShape.SPACE, FORKS, () -> {}, () -> fork(large, FORKS), this::closeChildren),
                            new Work(VmShape.SPACE, FORKS, () -> {}, () -> fork(small, FORKS), this::closeChildren)));
            final double micros = micros(forks.cpu(0));
            findings.add(
                    forks.only(0).results("vm-fork", large.bytes()),
                    Goal.atMost("fork of " + mebibytes(large) + " MiB", micros, 100, 10, "us"),
                    Goal.atMost("the same, against " + mebibytes(small) + " MiB", forks.ratio(0, 1).median(), 3, 1, "x"));
            findings.add(forks.only(1).results("vm-fork", small.bytes()));
        }
    }

    /// Forks after many words were written, which first has to end the windows they went through (docs/vm.md).
    void forksAfterWords(Findings findings, PopulatedSpace large) {
        final SideBySide forks = SideBySide.measure(
                shape.warmUpMillis(),
                shape.rounds(),
                List.of(new Work(VmShape.SPACE, 1, () -> writeWords(large), () -> fork(large, 1), this::closeChildren)));
        findings.add(forks.results("vm-fork-written", large.bytes()));
    }

    /// First writes to pages whose nodes were copied before, and the worst ones: root, directory, leaf and page.
    void firstWrites(Findings findings, PopulatedSpace large) {
        final SideBySide worst = SideBySide.measure(
                shape.warmUpMillis(),
                shape.rounds(),
                List.of(new Work(
                        VmShape.SPACE, CHILDREN, () -> fork(large, CHILDREN), () -> writeOne(large), this::closeChildren)));
        findings.add(
                worst.results("vm-worst-first-write", large.bytes()),
                Goal.atMost("worst first write after a fork", micros(worst.cpu(0)), 20, 5, "us"));
        final long bytes = Math.min(FIRST_WRITE_BYTES, large.bytes());
        try (PopulatedSpace space = PopulatedSpace.of(bytes);
                ResidentPages from = new ResidentPages(bytes);
                ResidentPages to = new ResidentPages(bytes)) {
            final int others = space.pages() - leaves(space);
            final SideBySide writes = SideBySide.measure(
                    shape.warmUpMillis(),
                    shape.rounds(),
                    List.of(
                            new Work(VmShape.SPACE, others, () -> makeNodesPrivate(space), () -> writeOthers(space),
                                    this::closeChildren),
                            new Work(VmShape.COPY, others, () -> copyOthers(space, from, to))));
            final double copy = writes.cpu(1).median();
            findings.add(
                    writes.results("vm-first-write", bytes),
                    Goal.atMost("first write after a fork, nodes private", writes.cpu(0).median(), 3 * copy + 200, 1.5 * copy,
                            "ns"));
        }
    }

    /// A fork of which every page is written, beside a copy of everything.
    void touchAll(Findings findings) {
        try (PopulatedSpace space = PopulatedSpace.of(shape.touchBytes());
                ResidentPages source = new ResidentPages(shape.touchBytes())) {
            final List<ResidentPages> copies = new ArrayList<>();
            final SideBySide touches = SideBySide.measure(
                    1,
                    shape.fewRounds(),
                    List.of(
                            new Work(VmShape.SPACE, space.pages(), () -> {}, () -> touch(space, fork(space, 1)),
                                    this::closeChildren),
                            new Work(VmShape.COPY, space.pages(), () -> {}, () -> copyAll(source, copies),
                                    () -> copies.removeLast().close())));
            findings.add(
                    touches.results("vm-fork-touch", space.bytes()),
                    Goal.atMost("fork and touch every page, against a copy", touches.ratio(0, 1).median(), 1.1, 1, "x"));
        }
    }

    private long fork(PopulatedSpace parent, int times) {
        for (int i = 0; i < times; i++) {
            children.add(parent.space().fork("child"));
        }
        return times;
    }

    private void closeChildren() {
        children.forEach(AddressSpace::close);
        children.clear();
    }

    private long writeOne(PopulatedSpace large) {
        long page = 0;
        for (AddressSpace child : children) {
            child.putLong(page * large.pageBytes(), page);
            page = (page + VmShape.LEAF_PAGES) % large.pages();
        }
        return page;
    }

    private static void writeWords(PopulatedSpace large) {
        final long places = Math.min(WRITTEN_BYTES, Long.highestOneBit(large.bytes())) / Long.BYTES - 1;
        long random = AccessContest.SEED;
        for (int i = 0; i < WORDS; i++) {
            random = AccessContest.next(random);
            large.space().putLong((random & places) * Long.BYTES, random);
        }
    }

    private void makeNodesPrivate(PopulatedSpace space) {
        fork(space, 1);
        for (int page = 0; page < space.pages(); page += VmShape.LEAF_PAGES) {
            children.getLast().putLong(page * space.pageBytes(), page);
        }
    }

    private long writeOthers(PopulatedSpace space) {
        final AddressSpace child = children.getLast();
        for (int page = 0; page < space.pages(); page++) {
            if (page % VmShape.LEAF_PAGES != 0) {
                child.putLong(page * space.pageBytes(), page);
            }
        }
        return space.pages();
    }

    private static long copyOthers(PopulatedSpace space, ResidentPages from, ResidentPages to) {
        for (int page = 0; page < space.pages(); page++) {
            if (page % VmShape.LEAF_PAGES != 0) {
                final long offset = page * space.pageBytes();
                RawMemory.copy(from.address() + offset, to.address() + offset, space.pageBytes());
            }
        }
        return space.pages();
    }

    private long touch(PopulatedSpace parent, long forks) {
        return parent.touch(children.getLast()) + forks;
    }

    private static long copyAll(ResidentPages source, List<ResidentPages> copies) {
        final ResidentPages copy = ResidentPages.withoutMemory(source.size());
        copies.add(copy);
        RawMemory.copy(source.address(), copy.address(), source.size());
        return copy.touch();
    }

    private static int leaves(PopulatedSpace space) {
        return (space.pages() + VmShape.LEAF_PAGES - 1) / VmShape.LEAF_PAGES;
    }

    private static double micros(Spread nanos) {
        return nanos.median() / TimeUnit.MICROSECONDS.toNanos(1);
    }

    private static long mebibytes(PopulatedSpace space) {
        return space.bytes() >> 20;
    }
}
