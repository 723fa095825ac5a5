/// Decides what bounds the memory of the processes that a benchmark starts: a *control group* of the kernel where one can
/// be made, an *own budget* that is only watched where not.
///
/// Whoever starts processes puts [io.offheap.bench.limit.MemoryLimit#launcher] before their commands, and closes
/// the limit after they have ended.
package io.offheap.bench.limit;
