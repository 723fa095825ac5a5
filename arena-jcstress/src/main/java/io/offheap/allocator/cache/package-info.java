/// Decides what may come of two threads that meet at a cache; beside the classes they look into.
package io.offheap.allocator.cache;
