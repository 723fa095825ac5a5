/// Decides how it is measured what one block costs: allocated, touched or written, and freed; one at a time, or a hundred live ones.
package io.offheap.bench.latency;
