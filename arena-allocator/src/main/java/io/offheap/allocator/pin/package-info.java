/// Decides who rebuilds a block after a purge, and offers the blocks that nobody pins to purgers.
package io.offheap.allocator.pin;
