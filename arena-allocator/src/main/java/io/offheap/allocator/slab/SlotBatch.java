package io.offheap.allocator.slab;

/// Free slots of one class on their way from a cache to their slabs.
///
/// It is made before a slot leaves the cache, and keeps those that no slab could take back for want of Java heap
/// ([Bin#give]). So nothing is allocated between the moment at which slots leave one place and the moment at which they are in
/// another, and none is lost.
///
/// ```
///   0            refused              left       capacity
///   |  refused   |  not looked at yet |   free   |
/// ```
///
/// Not thread-safe: whoever has it hands it over as a whole.
public final class SlotBatch {

    private final long[] slots;
    private int slotClass;
    private int count;
    private int refused;

    /// The next in a list of batches; for whoever has it.
    private SlotBatch next;

    /// @param capacity how many slots it can have
    public SlotBatch(int capacity) {
        this(new long[capacity]);
    }

    /// @param slots what [#slots] answers
    public SlotBatch(long[] slots) {
        this.slots = slots;
    }

    /// {@return where the slots stand, from index 0}
    public long[] slots() {
        return slots;
    }

    /// Says what stands in [#slots].
    ///
    /// @param newSlotClass class of all slots
    /// @param newCount     how many there are
    /// @return this
    public SlotBatch of(int newSlotClass, int newCount) {
        slotClass = newSlotClass;
        count = newCount;
        refused = 0;
        return this;
    }

    /// Lets all slots that were refused be tried again.
    public void retry() {
        refused = 0;
    }

    /// {@return the class of the slots}
    public int slotClass() {
        return slotClass;
    }

    /// {@return how many slots there are, refused or not looked at yet}
    public int count() {
        return count;
    }

    /// {@return whether all slots have been looked at: what is left was refused}
    public boolean isDone() {
        return refused == count;
    }

    /// {@return a slot that was not looked at yet; there is one}
    public long first() {
        return slots[refused];
    }

    /// {@return the batch after this in a list}
    public SlotBatch next() {
        return next;
    }

    /// Puts this before another one in a list.
    public void setNext(SlotBatch newNext) {
        next = newNext;
    }

    int refused() {
        return refused;
    }

    /// Leaves only the slots that were refused, and so many others after them.
    void setLeft(int newRefused, int others) {
        refused = newRefused;
        count = newRefused + others;
    }
}
