package io.offheap.memory.space;

/// What a domain has, in pages, and what it has done so far.
///
/// @param spaces       address spaces
/// @param files        files
/// @param privatePages frames in use
/// @param keptPages    free frames that are kept with their memory
/// @param filePages    pages of memory files that have memory
/// @param markedPages  pages of spaces and files that are marked, there or not
/// @param lazyPages    pages of spaces that were freed lazily
/// @param copies       pages copied on write
/// @param purges       purges that took something
/// @param purgedPages  pages they took
/// @param refusals     how often the operating system did not take memory back
public record DomainReading(int spaces, int files, long privatePages, long keptPages, long filePages, long markedPages,
        long lazyPages, long copies, long purges, long purgedPages, long refusals) {}
