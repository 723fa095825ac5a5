/// `./arena bench purge`: how fast volatile runs are given back, against the system call alone.
package io.offheap.bench.purge;
