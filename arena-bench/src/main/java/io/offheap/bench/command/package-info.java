/// Decides what all benchmark commands have in common: their options, their table, their JSON, their exit code.
///
/// A *benchmark* is a subclass of [io.offheap.bench.command.BenchmarkCommand] in a package of its own, and a line in
/// `io.offheap.bench.BenchCommand`.
package io.offheap.bench.command;
