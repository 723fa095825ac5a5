/// Decides which addresses are ours: reserved regions, and what each page of them is part of.
package io.offheap.memory.source;
