package io.offheap.allocator;

import io.offheap.allocator.size.SlotClasses;

/// What becomes of blocks that nobody can reach any more: slots are kept for those who want their like, until it shows that nobody does;
/// larger blocks go back at once.
///
/// Kept are spares, and what waits at the berths of threads that free their buffers themselves.
///
/// Any thread may call any method, with no lock held.
final class KeptBlocks implements AutoBlocks.Taker {

    /// Spares within 16 MiB are kept together. So buffers come to be used again in the order of their addresses for long, which is the order of
    /// their places: the collector then reads the references in the order in which they lie in the heap (docs/performance-history.md).
    private static final int NEIGHBOURS_SHIFT = 24;

    private final CollectedBlocks collected;
    private final Blocks blocks;
    private final SlotClasses classes;
    private final BufferBerths berths;
    private final Handovers handovers;
    private final boolean keepsSpares;
    private final Spares spares;

    /// @param handovers   where it is noted that something is kept no more and is not free yet
    /// @param keepsSpares whether memory may be kept as it was left
    KeptBlocks(CollectedBlocks collected, Blocks blocks, SlotClasses classes, BufferBerths berths, Handovers handovers,
            boolean keepsSpares) {
        this.collected = collected;
        this.blocks = blocks;
        this.classes = classes;
        this.berths = berths;
        this.handovers = handovers;
        this.keepsSpares = keepsSpares;
        this.spares = new Spares(classes.count());
    }

    /// {@return the spares}
    Spares spares() {
        return spares;
    }

    /// {@return the address of a spare slot, counted and as it was left, or 0 if there is none} Fast where there is none.
    ///
    /// @param slotClass or [Blocks#NO_SLOT], of which there is none
    long pop(int slotClass) {
        return slotClass == Blocks.NO_SLOT ? 0 : spares.pop(slotClass);
    }

    /// Takes the block of a buffer that a sweep has found.
    void found(long address, long byteSize) {
        final int slotClass = blocks.hiddenClass(address);
        if (!keepSlot(address, slotClass)) {
            collected.free(address, byteSize, slotClass);
        }
    }

    /// Keeps the block of an automatic arena that has ended.
    @Override
    public boolean keep(long address, long byteSize) {
        return keepSlot(address, blocks.hiddenClass(address));
    }

    /// Takes the block of an automatic arena that was not kept.
    @Override
    public void take(long address, long byteSize) {
        collected.free(address, byteSize, blocks.hiddenClass(address));
    }

    private boolean keepSlot(long address, int slotClass) {
        if (slotClass == Blocks.NO_SLOT || !keepsSpares) {
            return false;
        }
        try {
            spares.push(address, slotClass, (int) (address >>> NEIGHBOURS_SHIFT));
            return true;
        } catch (OutOfMemoryError e) {
            return false;                               // no heap for a longer list
        }
    }

    /// Frees everything that is kept.
    void drain() {
        handovers.begin();
        try {
            berths.drain();
            spares.drain(collected::freeSlot);
        } finally {
            handovers.end();
        }
    }

    /// Frees what nobody has wanted since the last call.
    void trim() {
        handovers.begin();
        try {
            berths.trim();
            spares.trim(collected::freeSlot);
        } finally {
            handovers.end();
        }
    }

    /// {@return bytes of all slots that are kept} Needs no Java heap.
    long bytes() {
        long sum = berths.vacantBytes(classes);
        for (int slotClass = 0; slotClass < classes.count(); slotClass++) {
            sum += spares.count(slotClass) * classes.sizeOf(slotClass);
        }
        return sum;
    }

    /// {@return how many slots wait at berths, by class}
    long[] vacantSlots() {
        final var slots = new long[classes.count()];
        berths.countVacant(slots);
        return slots;
    }
}
