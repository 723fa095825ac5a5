/// Decides what happens to the pages of address spaces and files: faults, copy-on-write, volatile ranges, purging.
///
/// [Domain] holds what several spaces share and the one lock; [Space] is one address space, [FileObject] one
/// file; the other classes are the rules, each for one kind of operation.
package io.offheap.memory.space;
