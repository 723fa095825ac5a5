package io.offheap.memory.types;

/// An access met an address that has no contents to give: what the kernel answers with a signal.
public abstract sealed class MemoryAccessException extends OffHeapException
        permits BusErrorException, SegmentationFaultException {
    private static final long serialVersionUID = 1L;

    private final long address;

    MemoryAccessException(String message, long address) {
        super(message);
        this.address = address;
    }

    /// {@return the first address, in bytes, that could not be accessed}
    public long address() {
        return address;
    }
}
