/// Decides what Agrona's buffer interfaces do over memory segments: [io.offheap.agrona.OffHeapBuffer] where the memory is somebody's,
/// [io.offheap.agrona.ExpandableOffHeapBuffer] where it is the buffer's own.
package io.offheap.agrona;
