package io.offheap.memory.mapping;

import java.util.ArrayList;
import java.util.List;

/// Something whose pages are found through the mappings that may show them: a file, or an anonymous object.
///
/// A page knows its object and its index in it; a mapping knows its start and the index there. So the address
/// of the page in that mapping is one addition, nothing is kept for each page and user, and moving a mapping
/// changes one number.
///
/// Guarded by the lock of the domain.
public abstract class MappedObject {

    private final ArrayList<Mapping> mappings = new ArrayList<>();

    /// An object that nothing maps.
    protected MappedObject() {}

    /// Makes room for one more mapping, so that [#attach] needs no Java heap.
    void prepareToAttach() {
        mappings.ensureCapacity(mappings.size() + 1);
    }

    /// Notes that a mapping may show pages of this object.
    protected void attach(Mapping mapping) {
        assert !mappings.contains(mapping) : mapping;
        mappings.add(mapping);
    }

    /// Notes that a mapping shows none any more.
    protected void detach(Mapping mapping) {
        final boolean removed = mappings.remove(mapping);
        assert removed : mapping;
    }

    /// {@return the mappings that may show pages of this object} Not to be kept.
    public final List<Mapping> mappings() {
        return mappings;
    }
}
