package io.offheap.allocator;

/// Whether a free is checked.
public enum Checks {
    /// Foreign addresses, addresses inside a block and double frees (of a block not handed out again since) throw and
    /// change nothing. The default.
    ON,
    /// Slots are taken for what the caller says they are: somewhat faster, and no memory is spent on knowing better. An address
    /// inside a block of up to 16 pages, or a double free of one, corrupts the allocator: the same address is handed out
    /// twice, as malloc would. Addresses that lie in no block, and larger blocks, are checked all the same.
    OFF
}
