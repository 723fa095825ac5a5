/// Decides what a user of the allocator sees: blocks, arenas, buffers, options, statistics; and what becomes of memory that is left to the
/// garbage collector.
package io.offheap.allocator;
