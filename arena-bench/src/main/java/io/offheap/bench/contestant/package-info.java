/// Who takes part in a benchmark: one way each to get and to give back a block of off-heap memory.
///
/// A *contestant* is an allocator behind the smallest common interface; a *slot* is room for one block.
/// Each contestant runs in a JVM of its own, so that the JIT sees one implementation and calls it directly.
package io.offheap.bench.contestant;
