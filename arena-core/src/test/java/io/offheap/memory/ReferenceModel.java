package io.offheap.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The rules of address spaces in the most obvious form: a map entry for each page and each thing that is true of
/// it, and nothing shared but pages themselves. Slow and without memory behind it.
///
/// Answers are texts: a number, `ok`, or the name of an error, as in scenario files.
final class ReferenceModel {

    static final String OK = "ok";

    /// A physical page: its identity is what spaces share.
    static final class Page {
        long content;

        Page(long content) {
            this.content = content;
        }
    }

    /// A marked range: its identity, while its pages are consecutive.
    record Range(boolean full, long time, Object identity) {}

    /// What an address shows: a page of a file, or nothing but itself.
    record View(File file, long index, boolean shared) {}

    static final class File {
        final String name;
        final int order;
        final Map<Long, Page> pages = new HashMap<>();
        final TreeMap<Long, Range> marks = new TreeMap<>();
        final Set<Long> purged = new HashSet<>();
        /// Whether others may use it too: of the file system, reached by path.
        final boolean external;
        /// Of an external file, pages of which we know that they have no memory.
        final Set<Long> punched = new HashSet<>();
        long size;

        File(String name, int order, long size, boolean external) {
            this.name = name;
            this.order = order;
            this.size = size;
            this.external = external;
        }

        /// Only what we have punched ourselves is known to be a hole of an external file.
        boolean isPresent(long index) {
            return external ? index < size && !punched.contains(index) : pages.containsKey(index);
        }

        void forget(long index) {
            pages.remove(index);
            if (external) {
                punched.add(index);
            }
        }

        String contentOf(long index) {
            final var page = pages.get(index);
            return page == null ? "0" : String.valueOf(page.content);
        }
    }

    static final class Space {
        final String name;
        final int order;
        final TreeMap<Long, View> views = new TreeMap<>();
        final Map<Long, Page> own = new HashMap<>();
        /// Pages of files that were touched and have an entry.
        final Set<Long> touched = new HashSet<>();
        final TreeMap<Long, Range> marks = new TreeMap<>();
        final Set<Long> purged = new HashSet<>();
        final Map<Long, Long> lazy = new HashMap<>();
        final Map<Long, Integer> wired = new HashMap<>();
        final Set<Long> readOnly = new HashSet<>();

        Space(String name, int order) {
            this.name = name;
            this.order = order;
        }

        void forget(long page) {
            views.remove(page);
            own.remove(page);
            touched.remove(page);
            unmark(marks, page);
            purged.remove(page);
            lazy.remove(page);
            wired.remove(page);
            readOnly.remove(page);
        }
    }

    final List<Space> spaces = new ArrayList<>();
    final List<File> files = new ArrayList<>();
    boolean hole;
    long copies;
    long allocationsLeft = -1;

    /// How often a page went that all had freed lazily, and a space that had marked it was told.
    int lazyLossesTold;
    private long clock;
    private int orders;

    Space newSpace(String name) {
        final var space = new Space(name, orders++);
        spaces.add(space);
        return space;
    }

    File newFile(String name, long size, boolean external) {
        final var file = new File(name, orders++, size, external);
        files.add(file);
        return file;
    }

    private boolean refusesAllocation() {
        if (allocationsLeft < 0) {
            return false;
        }
        if (allocationsLeft == 0) {
            return true;
        }
        allocationsLeft--;
        return false;
    }

    private static boolean hasHole(Space space, long at, long n) {
        for (long page = at; page < at + n; page++) {
            if (!space.views.containsKey(page)) {
                return true;
            }
        }
        return false;
    }

    // ---- mappings

    String map(Space space, long at, long n, File file, long offset, boolean shared) {
        for (long page = at; page < at + n; page++) {
            space.forget(page);
            space.views.put(page, new View(file, offset + page - at, shared));
        }
        return OK;
    }

    String unmap(Space space, long at, long n) {
        for (long page = at; page < at + n; page++) {
            space.forget(page);
        }
        return OK;
    }

    String remap(Space space, long at, long n, long to, boolean keep) {
        if (n > 0 && at < to + n && to < at + n) {
            return "EINVAL";
        }
        if (hasHole(space, at, n)) {
            return "ENOMEM";
        }
        unmap(space, to, n);
        final Map<Object, Object> identities = new HashMap<>();
        final Map<Long, Range> marks = new HashMap<>(space.marks.subMap(at, at + n));
        for (long i = 0; i < n; i++) {
            final long from = at + i;
            final var view = space.views.get(from);
            final boolean readOnly = space.readOnly.contains(from);
            space.views.put(to + i, view);
            move(space.own, from, to + i);
            move(space.purged, from, to + i);
            move(space.touched, from, to + i);
            move(space.lazy, from, to + i);
            move(space.wired, from, to + i);
            move(space.readOnly, from, to + i);
            final var range = marks.get(from);
            unmark(space.marks, from);
            if (range != null) {
                space.marks.put(to + i, new Range(range.full, range.time,
                        identities.computeIfAbsent(range.identity, _ -> new Object())));
            }
            space.forget(from);
            if (keep) {
                space.views.put(from, view);
                if (readOnly) {
                    space.readOnly.add(from);
                }
            }
        }
        return OK;
    }

    private static <V> void move(Map<Long, V> map, long from, long to) {
        final V value = map.remove(from);
        if (value != null) {
            map.put(to, value);
        }
    }

    private static void move(Set<Long> set, long from, long to) {
        if (set.remove(from)) {
            set.add(to);
        }
    }

    String protect(Space space, long at, long n, boolean readOnly) {
        if (hasHole(space, at, n)) {
            return "ENOMEM";
        }
        for (long page = at; page < at + n; page++) {
            if (readOnly) {
                space.readOnly.add(page);
            } else {
                space.readOnly.remove(page);
            }
        }
        return OK;
    }

    Space fork(Space parent, String name) {
        final var child = newSpace(name);
        child.views.putAll(parent.views);
        child.own.putAll(parent.own);
        child.touched.addAll(parent.touched);
        child.marks.putAll(parent.marks);
        child.purged.addAll(parent.purged);
        child.lazy.putAll(parent.lazy);
        child.readOnly.addAll(parent.readOnly);
        return child;
    }

    String exec(Space space) {
        for (final long page : List.copyOf(space.views.keySet())) {
            space.forget(page);
        }
        return OK;
    }

    void exit(Space space) {
        spaces.remove(space);
    }

    String wire(Space space, long at, long n, int change) {
        if (hasHole(space, at, n)) {
            return "ENOMEM";
        }
        for (long page = at; page < at + n; page++) {
            final int count = Math.max(0, space.wired.getOrDefault(page, 0) + change);
            if (count == 0) {
                space.wired.remove(page);
            } else {
                space.wired.put(page, count);
            }
        }
        return OK;
    }

    // ---- access

    /// {@return the error of an access, or null}
    private String fault(Space space, long page, boolean write) {
        final var view = space.views.get(page);
        if (view == null || write && space.readOnly.contains(page)) {
            return "SEGV";
        }
        if (space.own.containsKey(page)) {
            return null;
        }
        if (space.purged.contains(page)) {
            return "BUS";
        }
        return view.file != null && (view.index >= view.file.size || view.file.purged.contains(view.index)) ? "BUS" : null;
    }

    String read(Space space, long page) {
        final String fault = fault(space, page, false);
        if (fault != null) {
            return fault;
        }
        final var own = space.own.get(page);
        if (own != null) {
            return String.valueOf(own.content);
        }
        final var view = space.views.get(page);
        if (view.file == null || !view.file.external && !view.file.isPresent(view.index)) {
            return "0";
        }
        space.touched.add(page);
        return view.file.contentOf(view.index);
    }

    /// {@return what a bulk read finds; a read of all pages that has no effect if it fails}
    String get(Space space, long at, long n) {
        String fault = null;
        for (long page = at; page < at + n; page++) {
            final String its = fault(space, page, false);
            if (its != null && !"BUS".equals(fault)) {
                fault = its;
            }
        }
        if (fault != null) {
            return fault;
        }
        final var contents = new StringBuilder();
        for (long page = at; page < at + n; page++) {
            contents.append(read(space, page)).append(' ');
        }
        return contents.toString();
    }

    private boolean isSole(Page page) {
        return spaces.stream().mapToLong(space -> space.own.values().stream().filter(own -> own == page).count()).sum() == 1;
    }

    String write(Space space, long page, long content) {
        final String fault = fault(space, page, true);
        if (fault != null) {
            return fault;
        }
        final var own = space.own.get(page);
        final var view = space.views.get(page);
        if (own != null && isSole(own)) {
            own.content = content;
        } else if (own != null || view.file == null || !view.shared) {
            if (refusesAllocation()) {
                return "ENOMEM";
            }
            copies += own != null || view.file != null ? 1 : 0;
            space.own.put(page, new Page(content));
            space.touched.remove(page);
        } else {
            view.file.pages.put(view.index, new Page(content));
            view.file.punched.remove(view.index);
            space.touched.add(page);
        }
        space.lazy.remove(page);
        return OK;
    }

    // ---- volatile ranges

    String mark(Space space, long at, long n, boolean full) {
        if (n == 0) {
            return OK;
        }
        if (hasHole(space, at, n) || refusesAllocation()) {
            return "ENOMEM";
        }
        mark(space.marks, at, n, full, ++clock);
        return OK;
    }

    private static void mark(TreeMap<Long, Range> marks, long at, long n, boolean full, long time) {
        final Set<Object> old = new HashSet<>();
        boolean allFull = full;
        long first = at;
        long last = at + n - 1;
        boolean inside = true;
        for (long page = at; page < at + n; page++) {
            final var range = marks.get(page);
            if (range == null) {
                inside = false;
                continue;
            }
            old.add(range.identity);
            allFull &= range.full;
            while (isSame(marks.get(first - 1), range)) {
                first--;
            }
            while (isSame(marks.get(last + 1), range)) {
                last++;
            }
        }
        // The pages in between may belong to two ranges, or to two parts of one.
        for (long page = at + 1; page < at + n; page++) {
            inside &= isSame(marks.get(page - 1), marks.get(page));
        }
        if (inside) {
            return;
        }
        final var union = new Range(allFull, time, new Object());
        for (long page = first; page <= last; page++) {
            marks.put(page, union);
        }
    }

    private static boolean isSame(Range one, Range other) {
        return one != null && other != null && one.identity == other.identity;
    }

    /// Pages behind a gap are another range from now on.
    private static void unmark(TreeMap<Long, Range> marks, long page) {
        final var gone = marks.remove(page);
        if (gone == null) {
            return;
        }
        final var rest = new Range(gone.full, gone.time, new Object());
        for (long next = page + 1; isSame(marks.get(next), gone); next++) {
            marks.put(next, rest);
        }
    }

    String unmark(Space space, long at, long n) {
        if (hasHole(space, at, n) || refusesAllocation()) {
            return "ENOMEM";
        }
        boolean purged = false;
        for (long page = at; page < at + n; page++) {
            purged |= space.purged.remove(page);
            unmark(space.marks, page);
            space.lazy.remove(page);
            final var view = space.views.get(page);
            if (view.shared) {
                purged |= view.file.purged.remove(view.index);
                unmark(view.file.marks, view.index);
            }
        }
        return purged ? "1" : "0";
    }

    String mark(File file, long at, long n, boolean full) {
        if (at + n > file.size) {
            return "EINVAL";
        }
        if (refusesAllocation()) {
            return "ENOMEM";
        }
        if (n > 0) {
            mark(file.marks, at, n, full, ++clock);
        }
        return OK;
    }

    String unmark(File file, long at, long n) {
        if (at + n > file.size) {
            return "EINVAL";
        }
        if (refusesAllocation()) {
            return "ENOMEM";
        }
        boolean purged = false;
        for (long index = at; index < at + n; index++) {
            purged |= file.purged.remove(index);
            unmark(file.marks, index);
            for (final var space : spaces) {
                for (final var view : space.views.entrySet()) {
                    if (view.getValue().shared && view.getValue().file == file && view.getValue().index == index
                            && !space.purged.contains(view.getKey())) {
                        unmark(space.marks, view.getKey());
                    }
                }
            }
        }
        return purged ? "1" : "0";
    }

    String freeLazily(Space space, long at, long n) {
        if (hasHole(space, at, n)) {
            return "ENOMEM";
        }
        for (long page = at; page < at + n; page++) {
            if (space.views.get(page).file != null) {
                return "EINVAL";
            }
        }
        final long now = n > 0 ? ++clock : clock;
        for (long page = at; page < at + n; page++) {
            if (space.own.containsKey(page)) {
                space.lazy.putIfAbsent(page, now);
            }
        }
        return OK;
    }

    String drop(Space space, long at, long n) {
        if (hasHole(space, at, n)) {
            return "ENOMEM";
        }
        for (long page = at; page < at + n; page++) {
            space.own.remove(page);
            space.touched.remove(page);
            space.lazy.remove(page);
        }
        return OK;
    }

    // ---- files

    String punch(File file, long at, long n) {
        if (at + n > file.size) {
            return "EINVAL";
        }
        zap(file, at, n, false);
        for (long index = at; index < at + n; index++) {
            file.forget(index);
        }
        return OK;
    }

    String truncate(File file, long size) {
        for (long index = size; index < file.size; index++) {
            zap(file, index, 1, true);
            file.forget(index);
            unmark(file.marks, index);
            file.purged.remove(index);
        }
        file.size = size;
        return OK;
    }

    // What others do with an external file: nobody tells the spaces, and they see it at the next access.

    void writeByOthers(File file, long index, long content) {
        file.pages.put(index, new Page(content));
        file.size = Math.max(file.size, index + 1);
    }

    void punchByOthers(File file, long at, long n) {
        for (long index = at; index < at + n; index++) {
            file.pages.remove(index);
        }
    }

    void truncateByOthers(File file, long size) {
        file.pages.keySet().removeIf(index -> index >= size);
        file.size = size;
    }

    /// {@return what somebody else's shared mapping reads}
    String readByOthers(File file, long index) {
        return index < file.size ? file.contentOf(index) : "BUS";
    }

    String zap(File file, long at, long n, boolean all) {
        final long end = Math.min(at + n, file.size);
        for (final var space : spaces) {
            space.views.forEach((page, view) -> {
                if (view.file == file && at <= view.index && view.index < end) {
                    space.touched.remove(page);
                    if (all) {
                        space.own.remove(page);
                    }
                }
            });
        }
        return OK;
    }

    // ---- purge

    private record Victim(long time, boolean isFile, int order, long start, long end, boolean full, Space space, File file) {}

    private static void addVictims(List<Victim> victims, TreeMap<Long, Range> marks, Space space, File file) {
        Victim open = null;
        Range before = null;
        for (final var mark : marks.entrySet()) {
            final long page = mark.getKey();
            final var range = mark.getValue();
            if (open != null && open.end == page && isSame(before, range)) {
                open = new Victim(open.time, open.isFile, open.order, open.start, page + 1, open.full, space, file);
                victims.set(victims.size() - 1, open);
            } else {
                open = new Victim(range.time, file != null, file != null ? file.order : space.order, page, page + 1,
                        range.full, space, file);
                victims.add(open);
            }
            before = range;
        }
    }

    long purge(long target) {
        final List<Victim> victims = new ArrayList<>();
        spaces.forEach(space -> addVictims(victims, space.marks, space, null));
        files.forEach(file -> addVictims(victims, file.marks, null, file));
        victims.sort(Comparator.comparingLong(Victim::time).thenComparing(Victim::isFile)
                .thenComparingInt(Victim::order).thenComparingLong(Victim::start));
        long done = 0;
        for (final var victim : victims) {
            if (done >= target) {
                return done;
            }
            for (long page = victim.start; page < victim.end && (victim.full || done < target); page++) {
                done += purgePage(victim, page) ? 1 : 0;
            }
        }
        record Lazy(long time, Space space, long page) {}
        final List<Lazy> lazy = new ArrayList<>();
        spaces.forEach(space -> space.lazy.forEach((page, time) -> lazy.add(new Lazy(time, space, page))));
        lazy.sort(Comparator.comparingLong(Lazy::time).thenComparingInt(one -> one.space.order).thenComparingLong(Lazy::page));
        for (final var one : lazy) {
            if (done < target && one.space.lazy.containsKey(one.page)) {
                done += purgeLazy(one.space.own.get(one.page)) ? 1 : 0;
            }
        }
        return done;
    }

    private boolean purgePage(Victim victim, long page) {
        if (victim.file != null) {
            return purgeFilePage(victim.file, page);
        }
        final var own = victim.space.own.get(page);
        if (own != null) {
            return purgeOwn(own);
        }
        final var view = victim.space.views.get(page);
        return view.shared && purgeFilePage(view.file, view.index);
    }

    private boolean purgeOwn(Page physical) {
        for (final var space : spaces) {
            for (final var entry : space.own.entrySet()) {
                if (entry.getValue() == physical
                        && (!space.marks.containsKey(entry.getKey()) || space.wired.containsKey(entry.getKey()))) {
                    return false;
                }
            }
        }
        for (final var space : spaces) {
            for (final long page : List.copyOf(space.own.keySet())) {
                if (space.own.get(page) == physical) {
                    space.own.remove(page);
                    space.lazy.remove(page);
                    space.purged.add(page);
                }
            }
        }
        return true;
    }

    private boolean purgeLazy(Page physical) {
        for (final var space : spaces) {
            for (final var entry : space.own.entrySet()) {
                if (entry.getValue() == physical
                        && (!space.lazy.containsKey(entry.getKey()) || space.wired.containsKey(entry.getKey()))) {
                    return false;
                }
            }
        }
        for (final var space : spaces) {
            for (final long page : List.copyOf(space.own.keySet())) {
                if (space.own.get(page) == physical) {
                    space.own.remove(page);
                    space.lazy.remove(page);
                    if (space.marks.containsKey(page)) {
                        space.purged.add(page);
                        lazyLossesTold++;
                    }
                }
            }
        }
        return true;
    }

    private boolean purgeFilePage(File file, long index) {
        if (!file.isPresent(index)) {
            return false;
        }
        boolean anyShared = false;
        boolean allMarked = !file.external;
        for (final var space : spaces) {
            for (final var entry : space.views.entrySet()) {
                final var view = entry.getValue();
                final long page = entry.getKey();
                if (view.file != file || view.index != index || !view.shared && space.own.containsKey(page)) {
                    continue;
                }
                if (space.wired.containsKey(page) || !view.shared && !hole) {
                    return false;
                }
                if (view.shared) {
                    anyShared = true;
                    allMarked &= space.marks.containsKey(page);
                }
            }
        }
        if (!file.marks.containsKey(index) && !(anyShared && allMarked)) {
            return false;
        }
        file.forget(index);
        if (file.marks.containsKey(index)) {
            file.purged.add(index);
        }
        for (final var space : spaces) {
            space.views.forEach((page, view) -> {
                if (view.file == file && view.index == index) {
                    space.touched.remove(page);
                    if (view.shared && space.marks.containsKey(page)) {
                        space.purged.add(page);
                    }
                }
            });
        }
        return true;
    }

    // ---- questions

    boolean isPinned(Space space, long at, long n) {
        return space.marks.subMap(at, at + n).isEmpty();
    }

    long resident(Space space, long at, long n) {
        long count = 0;
        for (long page = at; page < at + n; page++) {
            count += space.own.containsKey(page) || space.touched.contains(page) ? 1 : 0;
        }
        return count;
    }

    String whoUses(Space asking, long page) {
        if (!asking.views.containsKey(page)) {
            return "SEGV";
        }
        final var own = asking.own.get(page);
        final var view = asking.views.get(page);
        final List<String> users = new ArrayList<>();
        for (final var space : spaces) {
            for (final long other : space.views.keySet()) {
                final var its = space.views.get(other);
                final boolean uses = own != null ? space.own.get(other) == own
                        : asking.touched.contains(page) && space.touched.contains(other)
                                && its.file == view.file && its.index == view.index;
                if (uses) {
                    users.add(space.name + ":" + other);
                }
            }
        }
        return String.join(" ", users);
    }

    long privatePages() {
        final Set<Page> pages = new HashSet<>();
        spaces.forEach(space -> pages.addAll(space.own.values()));
        return pages.size();
    }
}
