/// Decides the small mechanics that several layers share: page arithmetic, ranked locks, time.
package io.offheap.memory.util;
