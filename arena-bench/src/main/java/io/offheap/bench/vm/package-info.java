/// Decides what `./arena bench vm` measures: what address spaces cost, against plain segments, copies, and the kernel's own fork.
package io.offheap.bench.vm;
