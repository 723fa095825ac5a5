/// Decides what may come of two threads that meet at a volatile block under a clock by hand; beside the classes they look into.
package io.offheap.allocator.pin;
