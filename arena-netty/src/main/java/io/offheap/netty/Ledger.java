package io.offheap.netty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// A sum of bytes that is counted at every allocation and read now and then.
///
/// Each platform thread has an account of its own, so that counting is a plain addition; what one thread allocates and
/// another releases makes one account grow and the other fall below zero, and the sum is right. It is exact when nobody
/// counts meanwhile. Virtual threads share an adder.
final class Ledger {

    private static final VarHandle BYTES;

    static {
        try {
            BYTES = MethodHandles.lookup().findVarHandle(Account.class, "bytes", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// What one thread has counted; written by it alone, read by everybody.
    static final class Account {
        private final Ledger ledger;
        private final Shelf shelf;
        private final WeakReference<Thread> owner;
        private final long ownerId;
        private long bytes;

        private Account(Ledger ledger, Shelf shelf, Thread owner) {
            this.ledger = ledger;
            this.shelf = shelf;
            this.owner = new WeakReference<>(owner);
            this.ownerId = owner.threadId();
        }

        /// {@return whether the calling thread writes it} For that no thread-local variable is looked up.
        boolean isMine() {
            return Thread.currentThread().threadId() == ownerId;
        }

        /// {@return the owner's}
        Shelf shelf() {
            return shelf;
        }

        boolean isIn(Ledger other) {
            return ledger == other;
        }

        /// Counts; called by the owner.
        void add(long change) {
            BYTES.setOpaque(this, bytes + change);
        }

        private long read() {
            return (long) BYTES.getOpaque(this);
        }

        /// {@return whether nobody writes it any more} What the thread wrote last is visible then.
        private boolean hasEnded() {
            final Thread thread = owner.get();
            return thread == null || !thread.isAlive();
        }
    }

    /// Guarded by itself.
    private final List<Account> accounts = new ArrayList<>();

    /// Counted by virtual threads, and by threads that have ended.
    private final LongAdder others = new LongAdder();

    /// Counts for the calling thread.
    ///
    /// @param shelf of the calling thread, or null if it is virtual
    void add(Shelf shelf, long change) {
        if (shelf != null) {
            shelf.accountIn(this).add(change);
        } else {
            others.add(change);
        }
    }

    /// {@return an account for a thread and its shelf} O(threads): called once by each.
    Account open(Shelf shelf, Thread owner) {
        final var account = new Account(this, shelf, owner);
        synchronized (accounts) {
            closeEnded();
            accounts.add(account);
        }
        return account;
    }

    private void closeEnded() {
        accounts.removeIf(account -> {
            final boolean ended = account.hasEnded();
            if (ended) {
                others.add(account.read());
            }
            return ended;
        });
    }

    /// {@return the sum} O(threads).
    long bytes() {
        synchronized (accounts) {
            long sum = others.sum();
            for (final Account account : accounts) {
                sum += account.read();
            }
            return sum;
        }
    }
}
