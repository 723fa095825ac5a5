/// Decides how contestants are measured side by side: each in a JVM of its own, all in the same *cells*, taking turns in
/// *rounds*.
///
/// A *cell* is a workload, a number of threads and a size. For each group of cells every contestant gets a fresh
/// child, which prepares a cell, warms it up, and then works in *slices* when it is its turn; between its turns its
/// threads are parked. A round is one slice of everyone, so what else happens on the machine hits all alike; a
/// figure is the median over the rounds.
///
/// Why a JVM each: [io.offheap.bench.contestant]. Why fresh ones for each group: what the JIT has learnt from one
/// size, the branches never taken above all, would show in the next.
package io.offheap.bench.turns;
