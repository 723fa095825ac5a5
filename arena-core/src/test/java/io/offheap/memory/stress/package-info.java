/// A stress of address spaces: many threads do everything at once, and each operation is checked against what concurrency allows.
package io.offheap.memory.stress;
