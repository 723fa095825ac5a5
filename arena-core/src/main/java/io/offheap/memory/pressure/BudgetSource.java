package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A budget of our own for this process and others that are named: used is the sum of what is resident
/// (`/proc/PID/statm`, second column, proc_pid_statm(5)).
///
/// Pages that several of the processes share count once for each. A process that has ended counts nothing from
/// then on, also when its number is given to another: the kept descriptor belongs to the process, not to the
/// number. Cost: one read a process, about 1.3 us.
public final class BudgetSource extends KeptFilesSource {

    private static final int RESIDENT_PAGES = 1;

    private final SystemFiles files;
    private final String root;
    private final long pageSize;
    private final long limitBytes;

    /// Those that had not ended at the last look.
    private final List<KeptFile> living = new CopyOnWriteArrayList<>();

    private BudgetSource(SystemFiles files, String root, long pageSize, long limitBytes, String name) {
        super(name);
        this.files = files;
        this.root = root;
        this.pageSize = pageSize;
        this.limitBytes = limitBytes;
    }

    /// {@return a budget for this process alone, until others are added}
    ///
    /// @param root prepended to every path: empty for the real file system
    /// @throws OsException if this process cannot be looked at
    static BudgetSource open(SystemFiles files, String root, long pageSize, long limitBytes, String name) {
        if (limitBytes <= 0 || Long.bitCount(pageSize) != 1) {
            throw new IllegalArgumentException("limitBytes=" + limitBytes + ", pageSize=" + pageSize);
        }
        final var budget = new BudgetSource(files, root, pageSize, limitBytes, name);
        budget.living.add(KeptFile.open(files, root + "/proc/self/statm"));
        return budget;
    }

    /// Counts one more process. Adding one twice counts it twice.
    ///
    /// @param pid its number
    /// @return false if there is no such process; it then counts nothing
    /// @throws OsException           if it cannot be looked at
    /// @throws IllegalStateException if the source is closed
    public boolean addProcess(long pid) {
        checkOpen();
        final KeptFile process;
        try {
            process = KeptFile.open(files, root + "/proc/" + pid + "/statm");
        } catch (OsException e) {
            if (!KeptFile.isGone(e)) {
                throw e;
            }
            return false;
        }
        living.add(process);
        if (isClosed()) {                                               // who closed may not have seen it
            process.close();
        }
        checkOpen();
        return true;
    }

    private void checkOpen() {
        if (isClosed()) {
            throw new IllegalStateException("closed: " + name());
        }
    }

    /// {@return how many processes had not ended at the last look}
    int processCount() {
        return living.size();
    }

    /// {@return resident pages in the text of `statm`, or [Text#ABSENT]}
    static long parseResidentPages(Text statm) {
        return statm.column(RESIDENT_PAGES);
    }

    @Override
    List<MemoryReading> look(Text text) {
        long pages = 0;
        for (final var process : living) {
            try {
                process.look(text);
                pages += Math.max(0, parseResidentPages(text));
            } catch (OsException e) {
                if (!KeptFile.isGone(e)) {
                    throw e;
                }
                living.remove(process);
                process.close();
            }
        }
        return List.of(new MemoryReading(limitBytes, pages * pageSize));
    }

    @Override
    void closeFiles() {
        living.forEach(KeptFile::close);
    }
}
