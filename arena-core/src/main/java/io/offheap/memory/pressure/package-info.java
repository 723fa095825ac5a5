/// Decides how short memory is, whether memory may grow, and when those who hold memory are told to give way.
package io.offheap.memory.pressure;
