/// Decides what a user of the allocator sees: blocks, arenas, buffers, options, statistics.
package io.offheap.allocator;
