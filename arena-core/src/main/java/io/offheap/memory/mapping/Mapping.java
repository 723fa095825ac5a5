package io.offheap.memory.mapping;

import java.util.ArrayList;
import java.util.List;

/// Consecutive pages of one address space with one backing and one protection: the kernel's VMA.
///
/// `index of a page = pageOffset + page - start`: in the file, or in the anonymous objects of the chain. An
/// anonymous mapping that was never written has no object and may take any page offset; once it has one,
/// its page offset stays with it wherever it is moved.
///
/// Guarded by the lock of the domain.
public final class Mapping {

    private final Translations space;
    private final MappedObject file;
    private final boolean shared;
    private long start;
    private long pages;
    private long pageOffset;
    private Protection protection;

    /// Where new pages go; the last of the chain. Null before the first.
    private AnonymousObject anonymous;

    /// All objects of which it may show pages: the own one and those of the ancestors.
    private List<AnonymousObject> chain = List.of();

    /// A mapping that is attached to nothing yet.
    ///
    /// @param space      whose pages these are
    /// @param start      first page
    /// @param pages      how many, positive
    /// @param file       what it shows, or null for anonymous memory
    /// @param pageOffset index of the first page in the file; for anonymous memory the start
    /// @param shared     whether writes go to the file
    public Mapping(Translations space, long start, long pages, MappedObject file, long pageOffset, boolean shared,
                   Protection protection) {
        assert pages > 0 && (file != null || !shared) : start + ", " + pages + " pages";
        this.space = space;
        this.start = start;
        this.pages = pages;
        this.file = file;
        this.pageOffset = pageOffset;
        this.shared = shared;
        this.protection = protection;
    }

    /// {@return whose pages these are}
    public Translations space() {
        return space;
    }

    /// {@return the first page}
    public long start() {
        return start;
    }

    /// {@return the first page behind it}
    public long end() {
        return start + pages;
    }

    /// {@return the number of pages}
    public long pages() {
        return pages;
    }

    /// {@return the index of the first page}
    public long pageOffset() {
        return pageOffset;
    }

    /// {@return the file that it shows, or null}
    public MappedObject file() {
        return file;
    }

    /// {@return whether it shows a file and writes go to it}
    public boolean isShared() {
        return shared;
    }

    /// {@return whether it shows no file}
    public boolean isAnonymous() {
        return file == null;
    }

    /// {@return what may be done with its pages}
    public Protection protection() {
        return protection;
    }

    /// {@return the object of new pages, or null if there was none so far}
    public AnonymousObject anonymous() {
        return anonymous;
    }

    /// {@return the objects of which it may show pages}
    public List<AnonymousObject> chain() {
        return chain;
    }

    /// {@return the index of one of its pages}
    public long indexOf(long page) {
        return pageOffset + page - start;
    }

    /// {@return the page that shows an index}
    public long pageOf(long index) {
        return start + index - pageOffset;
    }

    /// {@return whether it shows an index}
    public boolean covers(long index) {
        return pageOffset <= index && index - pageOffset < pages;
    }

    /// {@return the object of new pages, which is made if there was none}
    public AnonymousObject prepareAnonymous() {
        if (anonymous == null) {
            final var object = new AnonymousObject();
            final List<AnonymousObject> only = List.of(object);
            object.attach(this);
            chain = only;                                               // needs no Java heap: all or nothing
            anonymous = object;
        }
        return anonymous;
    }

    void setProtection(Protection changed) {
        protection = changed;
    }

    /// Takes the Java heap that [#attach] would need.
    void prepareToAttach() {
        if (file != null) {
            file.prepareToAttach();
        }
        for (int i = 0; i < chain.size(); i++) {
            chain.get(i).prepareToAttach();
        }
    }

    /// Attaches it to what it may show pages of. Needs no Java heap after [#prepareToAttach].
    void attach() {
        if (file != null) {
            file.attach(this);
        }
        for (int i = 0; i < chain.size(); i++) {
            chain.get(i).attach(this);
        }
    }

    /// The reverse of [#attach].
    void detach() {
        if (file != null) {
            file.detach(this);
        }
        for (int i = 0; i < chain.size(); i++) {                        // no iterator: it must not need Java heap
            chain.get(i).detach(this);
        }
    }

    /// {@return what lies from `page` on, as a mapping that is not attached yet}
    Mapping restAt(long page) {
        assert start < page && page < end() : page + " in " + this;
        final var rest = new Mapping(space, page, end() - page, file, indexOf(page), shared, protection);
        rest.anonymous = anonymous;
        rest.chain = chain;
        return rest;
    }

    /// Shortens it to what lies before `page`.
    void shortenTo(long page) {
        assert start < page && page < end() : page + " in " + this;
        pages = page - start;
    }

    /// Makes it longer by pages behind it, where nothing is mapped.
    public void grow(long more) {
        assert more > 0 : more;
        pages += more;
    }

    /// Moves it. Without an object of its own anonymous memory is as if it had always been there. Needs no Java heap.
    void moveBy(long distance) {
        start += distance;
        if (isAnonymous() && anonymous == null) {
            pageOffset = start;
        }
    }

    /// {@return a mapping of the same pages that was never written, not attached yet}
    Mapping unwritten() {
        return new Mapping(space, start, pages, file, isAnonymous() ? start : pageOffset, shared, protection);
    }

    /// {@return a copy for a forked space, not attached yet, at the same pages}
    Mapping forkFor(Translations child) {
        final var copy = new Mapping(child, start, pages, file, pageOffset, shared, protection);
        if (anonymous != null) {
            copy.anonymous = new AnonymousObject();
            final var longer = new ArrayList<>(chain);
            longer.add(copy.anonymous);
            copy.chain = List.copyOf(longer);
        }
        return copy;
    }

    /// {@return whether `next` continues it, so that both can be one}
    boolean canMerge(Mapping next) {
        return end() == next.start
                && file == next.file && shared == next.shared && protection == next.protection
                && pageOffset + pages == next.pageOffset
                && (anonymous == next.anonymous && chain.equals(next.chain)
                        || anonymous == null && next.chain.size() <= 1
                        || next.anonymous == null && chain.size() <= 1);
    }

    /// Takes the pages of `next`, which it can merge with and which is detached. Needs no Java heap: there is room where that was.
    void absorb(Mapping next) {
        next.detach();
        if (anonymous == null && next.anonymous != null) {
            anonymous = next.anonymous;
            chain = next.chain;
            for (int i = 0; i < chain.size(); i++) {
                chain.get(i).attach(this);
            }
        }
        pages += next.pages;
    }

    @Override
    public String toString() {
        return "%d-%d".formatted(start, end());
    }
}
