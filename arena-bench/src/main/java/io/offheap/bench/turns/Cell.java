package io.offheap.bench.turns;

import io.offheap.bench.child.Message;

/// What is measured at a time.
///
/// @param workload its name, as in reports
/// @param threads how many threads work at once
/// @param size bytes of a block, or 0 where the workload chooses sizes by itself
public record Cell(String workload, int threads, long size) {

    /// {@return the word to a child with this cell in it}
    Message message(String word) {
        return Message.of(word).with("workload", workload).with("threads", threads).with("size", size);
    }

    /// {@return the cell that a message holds}
    static Cell of(Message message) {
        return new Cell(message.text("workload"), (int) message.number("threads"), message.number("size"));
    }
}
