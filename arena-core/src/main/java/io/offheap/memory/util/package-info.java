/// Decides the small mechanics that several layers share: page arithmetic, what builders may be told, ranked locks, time, and
/// how much stack is left.
package io.offheap.memory.util;
