package io.offheap.memory;

import io.offheap.memory.os.Platform;
import io.offheap.memory.pressure.BudgetSource;
import io.offheap.memory.pressure.PressureSources;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.Optional;

/// A number of bytes that this process and others it names may have resident together.
///
/// Nothing enforces it: it is a limit for who asks, such as an allocator that is built with it and gives
/// memory back as the budget runs short. Useful where no container sets a limit, or where one process is
/// to leave room for its children.
///
/// Thread-safe. One look costs about 1.3 us a process.
public final class MemoryBudget implements PressureSource {

    private final BudgetSource source;

    private MemoryBudget(BudgetSource source) {
        this.source = source;
    }

    /// {@return a budget for what is resident in this process, until others are added}
    ///
    /// @param bytes the budget, positive
    /// @throws IllegalArgumentException            if it is not positive
    /// @throws UnsupportedOperationException       if the pages of this process are not the operating system's
    /// @throws io.offheap.memory.types.OsException if this process cannot be looked at
    public static MemoryBudget of(long bytes) {
        return new MemoryBudget(PressureSources.budget(
                Platform.files(), Platform.memoryOfTheSystem("budgets").pageSize(), bytes, "budget of " + bytes + " bytes"));
    }

    /// Counts one more process, until it ends. Adding one twice counts it twice.
    ///
    /// @param pid its number
    /// @return false if there is no such process; nothing has changed then
    /// @throws IllegalStateException               if the budget is closed
    /// @throws io.offheap.memory.types.OsException if the process cannot be looked at
    public boolean addProcess(long pid) {
        return source.addProcess(pid);
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public Optional<MemoryReading> read() {
        return source.read();
    }

    @Override
    public void close() {
        source.close();
    }
}
