package io.offheap.bench.survive;

import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import java.util.ArrayList;
import java.util.List;

/// One thread's part of the phases.
///
/// ## Contract
/// [#fill] and [#free] for one phase after the other, then [#finish].
///
/// ## Concurrency
/// Used by one thread, the same for all calls: blocks may be bound to it.
final class PhaseWorker {

    private final Phases phases;
    private final Contestant contestant;
    private final int thread;
    private final List<BlockTable> tables = new ArrayList<>();

    PhaseWorker(Phases phases, Contestant contestant, int thread) {
        this.phases = phases;
        this.contestant = contestant;
        this.thread = thread;
    }

    /// Allocates the next phase's blocks and writes every byte of them.
    void fill() {
        final int phase = tables.size();
        final BlockTable table = contestant.newTable(phases.blocksEach(phase));
        tables.add(table);
        for (int block = 0; block < phases.blocksEach(phase); block++) {
            final long address = table.allocate(block, phases.blockSizes().get(phase));
            Words.write(address, phases.blockSizes().get(phase), Words.numberOf(thread, phase, block));
        }
    }

    /// Verifies every block of the phase, and frees those that do not stay.
    void free() {
        final int phase = tables.size() - 1;
        for (int block = 0; block < phases.blocksEach(phase); block++) {
            verify(phase, block);
            if (!phases.keeps(block)) {
                tables.get(phase).free(block);
            }
        }
    }

    /// Verifies and frees the blocks that stayed.
    void finish() {
        for (int phase = 0; phase < tables.size(); phase++) {
            for (int block = 0; block < phases.blocksEach(phase); block++) {
                if (phases.keeps(block)) {
                    verify(phase, block);
                    tables.get(phase).free(block);
                }
            }
        }
    }

    private void verify(int phase, int block) {
        Words.verify(
                tables.get(phase).address(block),
                phases.blockSizes().get(phase),
                Words.numberOf(thread, phase, block));
    }
}
