/// Decides what the loops do by which allocators have been judged for decades, written anew from their public descriptions: larson,
/// mstress, xmalloc, rptest and cache-scratch. None of their code is here, and none of their figures can be compared with
/// those of the originals.
package io.offheap.bench.classic;
