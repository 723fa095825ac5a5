/// Decides how the same loops run in C, for the allocators written in C: what Java contestants are up against without a JVM between.
package io.offheap.bench.cprogram;
