/// Decides what a line of the scenario language means, and whether it came true.
package io.offheap.bench.vectors;
