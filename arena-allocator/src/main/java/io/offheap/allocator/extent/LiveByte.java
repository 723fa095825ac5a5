package io.offheap.allocator.extent;

import io.offheap.allocator.size.SizeClasses;

/// What the shadow says of a live slot: the byte of the cell in which it begins is 0 but while the slot is live, and then
/// tells apart the quanta of that cell. So one comparison refuses what begins no slot, or none that is live.
public final class LiveByte {

    /// The byte of a slot that is not live.
    public static final byte NONE = 0;

    /// What the byte of a live slot has set.
    private static final int LIVE = 0x80;

    /// Which of the quanta of a cell an address is in: the other bits of that byte.
    private static final int QUANTUM_MASK = 0x7f;

    private static final int LG_QUANTUM = Integer.numberOfTrailingZeros(SizeClasses.QUANTUM);

    /// [#QUANTUM_MASK], and the bits of an address below a quantum, both rotated by [#LG_QUANTUM].
    private static final int START_MASK = Integer.rotateRight(SizeClasses.QUANTUM - 1, LG_QUANTUM) | QUANTUM_MASK;

    private LiveByte() {}

    /// {@return the byte of a live slot}
    public static byte of(long slot) {
        return (byte) ((int) slot >>> LG_QUANTUM | LIVE);
    }

    /// {@return whether a byte says that a live slot begins at an address of its cell} Any address may be asked for.
    public static boolean tellsOf(long address, byte inShadow) {
        return (inShadow & 0xff) == (Integer.rotateRight((int) address, LG_QUANTUM) & START_MASK | LIVE);
    }
}
