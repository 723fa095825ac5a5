/// Decides which calls of a program are redirected while its classes are loaded, so that its direct buffers and arenas are memory of an
/// [io.offheap.allocator.OffHeapAllocator] without a change to its code.
package io.offheap.agent;
