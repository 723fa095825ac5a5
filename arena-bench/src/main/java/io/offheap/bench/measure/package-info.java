/// Decides what is read from the clocks and from the operating system: CPU time and resident memory.
package io.offheap.bench.measure;
