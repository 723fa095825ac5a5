package io.offheap.memory.space;

import io.offheap.memory.frame.Taken;
import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.range.PageSet;
import io.offheap.memory.table.PageEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Purges: takes the pages that everybody concerned has let go of, the oldest range first.
///
/// ## May a page be purged?
/// - a frame: if all spaces that have it have marked it, and nobody holds it
/// - a page of a file: if the file marked it, or all spaces that map it shared have (at least one) and no other
///   process may map it; and nobody holds it; and no private mapper would lose what it has not copied, unless the
///   domain lets holes be punched under private mappers
/// - a lazily freed frame: if all spaces that have it have freed it and not written it since; who has marked it as
///   well is told of the loss
///
/// Deciding and taking the entries away is one step under the lock of the domain. Then writers are waited for, and
/// then the memory goes.
final class Reclaim {

    private final Domain domain;

    Reclaim(Domain domain) {
        this.domain = domain;
    }

    /// One purge: what it has taken so far.
    static final class Run {
        final PurgeWish wish;
        Taken kept;
        long taken;
        long purged;
        final Map<FileObject, PageSet> holes = new LinkedHashMap<>();

        Run(PurgeWish wish) {
            this.wish = wish;
        }

        /// {@return whether a page is a hole that is yet to be punched}
        boolean hasTaken(FileObject file, long index) {
            final var pages = holes.get(file);
            return pages != null && pages.contains(index);
        }

        boolean isMet() {
            return taken >= wish.pages();
        }
    }

    /// Takes kept frames, volatile ranges and then lazily freed pages, as far as they are wished for, until there are
    /// enough. Called with the lock held, and releases it.
    ///
    /// @param run what should go; a FULL range is taken whole even beyond it
    /// @return pages of memory given back; one that several spaces had counts once
    long purge(Run run) {
        assert domain.lock.isHeldByCurrentThread();
        Taken frames = null;
        try {
            if (!domain.isClosed()) {                                   // then nothing is left, and addresses are others'
                purgeVolatile(run);
            }
        } finally {
            try {
                domain.grace.awaitTaken();                              // of what was taken before it failed
                frames = domain.frames.takeLimbo();
            } finally {
                domain.unlock();
                giveBack(run.kept, frames);
            }
        }
        return run.taken;
    }

    private void giveBack(Taken kept, Taken frames) {
        try {
            domain.returned.giveBack(kept);
        } finally {
            domain.returned.giveBack(frames);
        }
    }

    private void purgeVolatile(Run run) {
        if (run.wish.takesKept()) {
            run.kept = domain.frames.takeKept(run.wish.pages());
            run.taken = run.kept.count();
        }
        try {
            if (run.wish.takesMarked()) {
                purgeMarked(run);
            }
            if (run.wish.takesLazy()) {
                purgeLazy(run);
            }
        } finally {                                                     // also of what was taken before it failed
            if (run.purged > 0) {
                domain.grace.awaitTaken();
                domain.purges++;
                domain.purgedPages += run.purged;
                punch(run);
            }
        }
    }

    private void noteTaken(Run run) {
        run.taken++;
        run.purged++;
        domain.grace.noteTaken();
    }

    /// Punches the holes of all files, whatever becomes of one of them.
    ///
    /// @throws RuntimeException the last refusal
    private void punch(Run run) {
        RuntimeException refusal = null;
        for (final var holes : run.holes.entrySet()) {
            try {
                punch(holes.getKey(), holes.getValue());
            } catch (RuntimeException e) {
                refusal = e;
            }
        }
        domain.commitment.settle();
        if (refusal != null) {
            throw refusal;
        }
    }

    private static void punch(FileObject file, PageSet pages) {
        for (final var hole : pages.within(0, file.pages())) {
            file.backing.punch(hole.start(), hole.end());
        }
    }

    private void purgeMarked(Run run) {
        final List<Victim> victims = new ArrayList<>();
        for (final var space : domain.spaces) {
            space.marks.all().forEach(range -> victims.add(new Victim(
                    range.value().time(), space, null, range.start(), range.end(), range.value().full())));
        }
        for (final var file : domain.files) {
            file.marks.all().forEach(range -> victims.add(new Victim(
                    range.value().time(), null, file, range.start(), range.end(), range.value().full())));
        }
        victims.sort(Victim.OLDEST_FIRST);
        for (final var victim : victims) {
            if (run.isMet()) {
                return;
            }
            if (!run.wish.mayTake(victim)) {
                continue;
            }
            if (victim.space() == null) {
                purgeFile(run, victim.file(), victim.start(), victim.end(), victim.full());
            } else {
                for (final var mapping : victim.space().mappings.touching(victim.start(), victim.end())) {
                    purgeMapping(run, mapping, victim);
                }
            }
        }
    }

    private void purgeMapping(Run run, Mapping mapping, Victim victim) {
        final long start = Math.max(victim.start(), mapping.start());
        final long end = Math.min(victim.end(), mapping.end());
        if (mapping.isShared()) {
            purgeFile(run, (FileObject) mapping.file(), mapping.indexOf(start), mapping.indexOf(end), victim.full());
            return;
        }
        victim.space().table.forEach(start, end, (_, entry) -> {
            if (PageEntry.isFrame(entry) && (victim.full() || !run.isMet())) {
                purgeFrame(run, domain.frames.frameAt(PageEntry.address(entry)));
            }
        });
    }

    private void purgeFrame(Run run, int frame) {
        final var places = ReverseMap.placesOf(domain, frame);
        for (final var place : places) {
            if (!place.space().marks.contains(place.page()) || place.space().isHeld(place.page())) {
                return;
            }
        }
        take(run, frame, places);
    }

    /// Takes the entries of a frame away: places that share a leaf lose it together. Whoever has marked it is to learn
    /// of that, for whatever reason it went.
    private void take(Run run, int frame, List<ReverseMap.Place> places) {
        for (final var place : places) {
            if (place.space().marks.contains(place.page())) {
                place.space().purged.add(place.page());
            }
        }
        for (final var place : places) {
            place.space().table.clearShared(place.page());
            place.space().lazy.remove(place.page(), place.page() + 1);
            place.space().advanceEpoch();
        }
        assert domain.frames.references(frame) == 0 : "frame " + frame + " of " + places;
        noteTaken(run);
    }

    private void purgeFile(Run run, FileObject file, long start, long end, boolean full) {
        for (final var present : file.backing.present(start, end)) {
            for (long index = present.start(); index < present.end() && (full || !run.isMet()); index++) {
                if (!run.hasTaken(file, index) && mayPurge(file, index)) {
                    take(run, file, index);
                }
            }
        }
    }

    private boolean mayPurge(FileObject file, long index) {
        boolean isMappedShared = false;
        boolean allMarked = !file.external;
        for (final var mapping : file.mappings()) {
            if (!mapping.covers(index)) {
                continue;
            }
            final var space = (Space) mapping.space();
            final long page = mapping.pageOf(index);
            if (mapping.isShared()) {
                if (space.isHeld(page)) {
                    return false;
                }
                isMappedShared = true;
                allMarked &= space.marks.contains(page);
            } else if (!PageEntry.isFrame(space.table.get(page))
                    && (!domain.punchesUnderPrivate || space.isHeld(page))) {
                return false;
            }
        }
        return file.marks.contains(index) || isMappedShared && allMarked;
    }

    private void take(Run run, FileObject file, long index) {
        if (file.marks.contains(index)) {
            file.purged.add(index);
        }
        for (final var mapping : file.mappings()) {
            if (mapping.covers(index)) {
                final var space = (Space) mapping.space();
                final long page = mapping.pageOf(index);
                if (mapping.isShared() && space.marks.contains(page)) {
                    space.purged.add(page);
                }
                space.dropFilePage(page);
                space.advanceEpoch();
            }
        }
        run.holes.computeIfAbsent(file, _ -> new PageSet()).add(index); // before it is forgotten: what is, is punched
        noteTaken(run);
        file.backing.forget(index, index + 1);
    }

    private void purgeLazy(Run run) {
        final List<Victim> victims = new ArrayList<>();
        for (final var space : domain.spaces) {
            space.lazy.all().forEach(range -> victims.add(
                    new Victim(range.value(), space, null, range.start(), range.end(), false)));
        }
        victims.sort(Victim.OLDEST_FIRST);
        for (final var victim : victims) {
            if (!run.wish.mayTake(victim)) {
                continue;
            }
            victim.space().table.forEach(victim.start(), victim.end(), (page, entry) -> {
                if (!run.isMet() && PageEntry.isFrame(entry) && victim.space().lazy.contains(page)) {
                    purgeLazyFrame(run, domain.frames.frameAt(PageEntry.address(entry)));
                }
            });
        }
    }

    private void purgeLazyFrame(Run run, int frame) {
        final var places = ReverseMap.placesOf(domain, frame);
        for (final var place : places) {
            if (!place.space().lazy.contains(place.page()) || place.space().isHeld(place.page())) {
                return;
            }
        }
        take(run, frame, places);
    }
}
