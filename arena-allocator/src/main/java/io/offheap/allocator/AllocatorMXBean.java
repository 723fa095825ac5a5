package io.offheap.allocator;

import java.util.List;

/// An allocator as a management bean, `io.offheap:type=Allocator,name=...` in the platform's server.
///
/// The bean is there from [OffHeapAllocator.Builder#build] to [OffHeapAllocator#close]. If the name is taken already,
/// the key `number=2` is added to it, or the next number that is free. The direct buffers of
/// [OffHeapAllocator#allocateDirect] show as `java.nio:type=BufferPool,name=...` besides, as those of the JDK do.
///
/// An attribute that is read alone is read anew; [#getStats] is all of them at one time. All are described at
/// [AllocatorStats] and [SizeClassStats], bytes where the name says so. Every reader costs a few microseconds and stops
/// nobody, and [#getResidentBytes] and [#getStats] ask the operating system besides, about a nanosecond a page.
public interface AllocatorMXBean {

    /// {@return all numbers at one time}
    AllocatorStats getStats();

    /// {@return the allocator's name}
    String getName();

    /// {@return see [AllocatorStats#allocatedBytes]}
    long getAllocatedBytes();

    /// {@return see [AllocatorStats#largeBytes]}
    long getLargeBytes();

    /// {@return see [AllocatorStats#cachedBytes]}
    long getCachedBytes();

    /// {@return see [AllocatorStats#slackBytes]}
    long getSlackBytes();

    /// {@return see [AllocatorStats#activeBytes]}
    long getActiveBytes();

    /// {@return see [AllocatorStats#volatileBytes]}
    long getVolatileBytes();

    /// {@return see [AllocatorStats#lazyFreeBytes]}
    long getLazyFreeBytes();

    /// {@return see [AllocatorStats#purgedBytes]}
    long getPurgedBytes();

    /// {@return see [AllocatorStats#retainedBytes]}
    long getRetainedBytes();

    /// {@return see [AllocatorStats#metadataBytes]}
    long getMetadataBytes();

    /// {@return see [AllocatorStats#committedBytes]}
    long getCommittedBytes();

    /// {@return see [AllocatorStats#mappedBytes]}
    long getMappedBytes();

    /// {@return see [AllocatorStats#residentBytes]}
    long getResidentBytes();

    /// {@return see [AllocatorStats#hardLimit]}
    long getHardLimit();

    /// {@return see [AllocatorStats#directBuffers]}
    long getDirectBuffers();

    /// {@return see [AllocatorStats#directBufferBytes]}
    long getDirectBufferBytes();

    /// {@return see [AllocatorStats#markedBytes]}
    long getMarkedBytes();

    /// {@return see [AllocatorStats#volatileReuses]}
    long getVolatileReuses();

    /// {@return see [AllocatorStats#bytesReused]}
    long getBytesReused();

    /// {@return see [AllocatorStats#faultsAvoided]}
    long getFaultsAvoided();

    /// {@return see [AllocatorStats#volatileHitRate]}
    double getVolatileHitRate();

    /// {@return see [AllocatorStats#purges]}
    long getPurges();

    /// {@return see [AllocatorStats#bytesPurged]}
    long getBytesPurged();

    /// {@return see [AllocatorStats#purgeFailures]}
    long getPurgeFailures();

    /// {@return see [AllocatorStats#directReclaims]}
    long getDirectReclaims();

    /// {@return see [AllocatorStats#limitHits]}
    long getLimitHits();

    /// {@return see [AllocatorStats#caches]}
    int getCaches();

    /// {@return see [AllocatorStats#classes]}
    List<SizeClassStats> getClasses();

    /// {@return the numbers as a page for eyes}
    String page();

    /// Gives back everything volatile now, as [OffHeapAllocator#purge] does.
    ///
    /// @return bytes given back to the operating system
    long purge();
}
