/// The switch that needs no code: an agent that turns a program's direct buffers and arenas into memory of an
/// [io.offheap.allocator.OffHeapAllocator] while its classes are loaded.
package io.offheap.agent;
