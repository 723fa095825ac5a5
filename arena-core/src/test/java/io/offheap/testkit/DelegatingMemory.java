package io.offheap.testkit;

import io.offheap.memory.os.SystemMemory;

/// Memory that another answers for, where a test does not.
public class DelegatingMemory implements SystemMemory {

    private final SystemMemory os;

    /// @param os what answers every call that is not overridden
    public DelegatingMemory(SystemMemory os) {
        this.os = os;
    }

    @Override
    public long pageSize() {
        return os.pageSize();
    }

    @Override
    public boolean reservesAddressesOnly() {
        return os.reservesAddressesOnly();
    }

    /// An advice, which a test may answer for, where it is one.
    @Override
    public void abandon(long address, long size) {
        if (os.reservesAddressesOnly()) {
            SystemMemory.super.abandon(address, size);
        } else {
            os.abandon(address, size);
        }
    }

    @Override
    public long reserve(long size) {
        return os.reserve(size);
    }

    @Override
    public void release(long address, long size) {
        os.release(address, size);
    }

    @Override
    public void commit(long address, long size) {
        os.commit(address, size);
    }

    @Override
    public void advise(long address, long size, Advice advice) {
        os.advise(address, size, advice);
    }

    @Override
    public boolean fencesThreads() {
        return os.fencesThreads();
    }

    @Override
    public void fenceThreads() {
        os.fenceThreads();
    }

    @Override
    public boolean advisesInBatches() {
        return os.advisesInBatches();
    }

    @Override
    public long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
        return os.adviseAll(addresses, sizes, count, advice);
    }

    @Override
    public long residentBytes(long address, long size) {
        return os.residentBytes(address, size);
    }

    @Override
    public long remap(long address, long oldSize, long newSize) {
        return os.remap(address, oldSize, newSize);
    }

    @Override
    public int createMemoryFile(String name) {
        return os.createMemoryFile(name);
    }

    @Override
    public void sealAgainstShrinking(int file) {
        os.sealAgainstShrinking(file);
    }

    @Override
    public int openFile(String path) {
        return os.openFile(path);
    }

    @Override
    public void resizeFile(int file, long size) {
        os.resizeFile(file, size);
    }

    @Override
    public void allocateFile(int file, long offset, long size) {
        os.allocateFile(file, offset, size);
    }

    @Override
    public void punchHole(int file, long offset, long size) {
        os.punchHole(file, offset, size);
    }

    @Override
    public long mapFile(int file, long offset, long size, boolean shared) {
        return os.mapFile(file, offset, size, shared);
    }

    @Override
    public void closeFile(int file) {
        os.closeFile(file);
    }

    @Override
    public void bindToNodes(long address, long size, int mode, long nodeMask) {
        os.bindToNodes(address, size, mode, nodeMask);
    }

    @Override
    public int nodePolicyAt(long address) {
        return os.nodePolicyAt(address);
    }
}
