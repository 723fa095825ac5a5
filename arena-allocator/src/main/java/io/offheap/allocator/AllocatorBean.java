package io.offheap.allocator;

import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Answers management questions from fresh statistics.
///
/// @param counted statistics without the resident bytes
/// @param all     statistics with them
/// @param purging gives back everything volatile
record AllocatorBean(Supplier<AllocatorStats> counted, Supplier<AllocatorStats> all, LongSupplier purging)
        implements AllocatorMXBean {

    @Override
    public AllocatorStats getStats() {
        return all.get();
    }

    @Override
    public String getName() {
        return counted.get().name();
    }

    @Override
    public long getAllocatedBytes() {
        return counted.get().allocatedBytes();
    }

    @Override
    public long getLargeBytes() {
        return counted.get().largeBytes();
    }

    @Override
    public long getCachedBytes() {
        return counted.get().cachedBytes();
    }

    @Override
    public long getSlackBytes() {
        return counted.get().slackBytes();
    }

    @Override
    public long getActiveBytes() {
        return counted.get().activeBytes();
    }

    @Override
    public long getVolatileBytes() {
        return counted.get().volatileBytes();
    }

    @Override
    public long getLazyFreeBytes() {
        return counted.get().lazyFreeBytes();
    }

    @Override
    public long getPurgedBytes() {
        return counted.get().purgedBytes();
    }

    @Override
    public long getRetainedBytes() {
        return counted.get().retainedBytes();
    }

    @Override
    public long getMetadataBytes() {
        return counted.get().metadataBytes();
    }

    @Override
    public long getCommittedBytes() {
        return counted.get().committedBytes();
    }

    @Override
    public long getMappedBytes() {
        return counted.get().mappedBytes();
    }

    @Override
    public long getResidentBytes() {
        return all.get().residentBytes();
    }

    @Override
    public long getHardLimit() {
        return counted.get().hardLimit();
    }

    @Override
    public long getDirectBuffers() {
        return counted.get().directBuffers();
    }

    @Override
    public long getDirectBufferBytes() {
        return counted.get().directBufferBytes();
    }

    @Override
    public long getMarkedBytes() {
        return counted.get().markedBytes();
    }

    @Override
    public long getVolatileReuses() {
        return counted.get().volatileReuses();
    }

    @Override
    public long getBytesReused() {
        return counted.get().bytesReused();
    }

    @Override
    public long getFaultsAvoided() {
        return counted.get().faultsAvoided();
    }

    @Override
    public double getVolatileHitRate() {
        return counted.get().volatileHitRate();
    }

    @Override
    public long getPurges() {
        return counted.get().purges();
    }

    @Override
    public long getBytesPurged() {
        return counted.get().bytesPurged();
    }

    @Override
    public long getPurgeFailures() {
        return counted.get().purgeFailures();
    }

    @Override
    public long getDirectReclaims() {
        return counted.get().directReclaims();
    }

    @Override
    public long getLimitHits() {
        return counted.get().limitHits();
    }

    @Override
    public int getCaches() {
        return counted.get().caches();
    }

    @Override
    public List<SizeClassStats> getClasses() {
        return counted.get().classes();
    }

    @Override
    public String page() {
        return all.get().page();
    }

    @Override
    public long purge() {
        return purging.getAsLong();
    }
}
