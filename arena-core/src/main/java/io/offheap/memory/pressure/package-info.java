/// Decides how short memory is, and whether memory may grow.
package io.offheap.memory.pressure;
