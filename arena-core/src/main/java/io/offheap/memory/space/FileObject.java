package io.offheap.memory.space;

import io.offheap.memory.distributed.PageOwners;
import io.offheap.memory.mapping.MappedObject;
import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.policy.SharedPolicy;
import io.offheap.memory.range.MarkSet;
import io.offheap.memory.range.PageSet;

/// A file that spaces map, with what is true of its pages for everybody: marks, purges, policies, owners.
///
/// Guarded by the lock of the domain.
///
/// ## Invariants (checked by [Checker])
/// - **I5** purged pages are marked
public final class FileObject extends MappedObject {

    final String name;
    final int order;
    final FileBacking backing;
    final MarkSet marks = new MarkSet();
    final PageSet purged = new PageSet();
    final SharedPolicy policies = new SharedPolicy();
    final PageOwners owners = new PageOwners();

    /// Whether other processes may map it: they count as one more mapper, without a mark.
    boolean external;
    boolean closed;

    FileObject(String name, int order, FileBacking backing) {
        this.name = name;
        this.order = order;
        this.backing = backing;
    }

    @Override
    protected void attach(Mapping mapping) {
        super.attach(mapping);
        if (mapping.isShared()) {
            policies.attach();
        }
    }

    @Override
    protected void detach(Mapping mapping) {
        super.detach(mapping);
        if (mapping.isShared()) {
            policies.detach();
        }
    }

    /// {@return the number of pages}
    long pages() {
        return backing.pages();
    }

    @Override
    public String toString() {
        return name;
    }
}
