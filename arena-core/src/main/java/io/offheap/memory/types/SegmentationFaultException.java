package io.offheap.memory.types;

/// Nothing is mapped at the address, or not for this kind of access: the kernel's SIGSEGV as an exception.
public final class SegmentationFaultException extends MemoryAccessException {
    private static final long serialVersionUID = 1L;

    /// @param address the first address that could not be accessed
    public SegmentationFaultException(long address) {
        super("segmentation fault at 0x%x".formatted(address), address);
    }
}
