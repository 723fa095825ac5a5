/// Decides which sizes are handed out: the grid of small classes and the ladder of page runs.
package io.offheap.allocator.size;
