/// Decides what `./arena bench purge` measures: how fast volatile runs are given back, against the system call alone.
package io.offheap.bench.purge;
