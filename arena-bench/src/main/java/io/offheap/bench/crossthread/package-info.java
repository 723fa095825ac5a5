/// Decides how it is measured what a block costs that one thread allocates and another one frees.
package io.offheap.bench.crossthread;
