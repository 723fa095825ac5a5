package io.offheap.memory.types;

/// A range was named of which a page is not mapped. Nothing has changed.
///
/// The kernel answers ENOMEM here, which is why this is a class of its own among the caller's mistakes.
public final class MappingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final long address;

    /// @param address the first address of the range that is not mapped
    public MappingException(long address) {
        super("not mapped: 0x%x".formatted(address));
        this.address = address;
    }

    /// {@return the first address, in bytes, that is not mapped}
    public long address() {
        return address;
    }
}
