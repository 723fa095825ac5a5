/// The suite as a whole: all benchmarks one after the other, their figures as one page, and figures held against
/// earlier ones. Knows results as they are in files, not how they came about.
package io.offheap.bench.suite;
