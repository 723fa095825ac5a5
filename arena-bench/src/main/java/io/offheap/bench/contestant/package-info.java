/// Decides who takes part in a benchmark: one way each to get and to give back a block of off-heap memory.
///
/// A *contestant* is an allocator behind the smallest common interface, and knows how its JVM must be started
/// ([Setup]). It makes *slots*, *tables* and *pairs*, in which the measured loops are written once for all: a slot
/// is room for one block, a table for many, a pair is one block allocated, used and freed. What an allocator needs
/// in order to free, an address, an arena or a buffer, stays in there.
///
/// Each contestant runs in a JVM of its own, so that the JIT sees one implementation of every interface and inlines
/// it into the loop. In a common JVM the calls would be megamorphic, and their dispatch would cost as much as the
/// allocators that are measured. This is why [Contestants#create] loads only the class it makes.
package io.offheap.bench.contestant;
