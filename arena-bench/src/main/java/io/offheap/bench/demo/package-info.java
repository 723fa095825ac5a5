/// Decides how the main job runs, `./arena demo`: the ebizzy workload on real memory, for each contestant in a JVM of its
/// own, without and with another process that presses for the same memory.
///
/// The *parent* (this command) starts a *contestant child* for each run, lets them take turns, watches their
/// resident memory from outside and writes table, JSON and HTML. A *pressure child* shares a memory *budget* with
/// its contestant. Parent and children speak in lines: see [Run].
///
/// `./arena bench ebizzy` is the same workload in the form of the other benchmarks, for every contestant.
package io.offheap.bench.demo;
