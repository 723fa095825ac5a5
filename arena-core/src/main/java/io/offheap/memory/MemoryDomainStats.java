package io.offheap.memory;

/// What one [MemoryDomain] has at a moment, and what it has done since it was made. Bytes, unless it says otherwise.
///
/// @param spaces             open address spaces
/// @param objects            open shared objects
/// @param privateBytes       private pages in use; one that several spaces share counts once
/// @param keptBytes          freed private pages that are kept with their memory for re-use
/// @param objectBytes        pages of anonymous shared objects that have memory
/// @param committedBytes     all of that, and what is kept in hand for the next page faults: what limits see
/// @param markedBytes        address ranges that are marked volatile, whether pages are there or not; an object's marks
///                           count too
/// @param lazilyFreedBytes   pages freed lazily and not written since, counted in each space
/// @param copies             pages copied on write so far
/// @param purges             how often a purge took volatile pages
/// @param purgedBytes        bytes of volatile pages taken so far
/// @param refusals           how often the operating system did not take memory back
/// @param directReclaims     how often growth had to make room first
public record MemoryDomainStats(int spaces, int objects, long privateBytes, long keptBytes, long objectBytes,
        long committedBytes, long markedBytes, long lazilyFreedBytes, long copies, long purges, long purgedBytes,
        long refusals, long directReclaims) {}
