/// Decides what is done with benchmarks as a whole: all run one after the other, their figures as one page, and figures held against
/// earlier ones. Knows results as they are in files, not how they came about.
package io.offheap.bench.suite;
