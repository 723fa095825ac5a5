/// Decides what comes out of a benchmark: one [io.offheap.bench.result.Result] a figure, as a row of JSON and as a cell of
/// a table.
package io.offheap.bench.result;
