/// Decides what a flight recording shows of an allocator.
package io.offheap.allocator.event;
