/// Decides how it is measured what an allocator costs when sizes are mixed and many blocks are live: time, and resident memory over what is live.
package io.offheap.bench.mixed;
