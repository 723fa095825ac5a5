package io.offheap.memory.types;

/// The address is mapped, but what was behind it is gone: the kernel's SIGBUS as an exception.
public final class BusErrorException extends MemoryAccessException {
    private static final long serialVersionUID = 1L;

    private final FaultReason reason;

    /// @param address the first address that could not be accessed
    /// @param reason  why its contents are gone
    public BusErrorException(long address, FaultReason reason) {
        super("bus error at 0x%x: %s".formatted(address, reason), address);
        this.reason = reason;
    }

    /// {@return why the contents are gone}
    public FaultReason reason() {
        return reason;
    }
}
