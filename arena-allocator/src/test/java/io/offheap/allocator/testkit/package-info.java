/// Decides how the layers of the allocator are put together for a test, without the facade.
package io.offheap.allocator.testkit;
