package io.offheap.memory.stress;

/// A story of some threads and some spaces that checks itself, whatever the other stories in its domain do.
interface Cell {

    /// Adds its threads.
    void join(Crew crew);
}
