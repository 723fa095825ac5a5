/// Decides what `./arena bench burst` measures: what stays resident after a burst, for how long, and who can be asked to give it back.
package io.offheap.bench.burst;
