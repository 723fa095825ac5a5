package io.offheap.netty;

/// What one platform thread keeps at hand: buffer objects without memory, and its sums in the ledgers it counts in.
///
/// Used by its owner alone.
final class Shelf {

    /// Objects of some 130 bytes each.
    private static final int MOST_BUFFERS = 256;

    private static final ThreadLocal<Shelf> OF_THREAD = ThreadLocal.withInitial(Shelf::new);

    private final OffHeapByteBuf[] buffers = new OffHeapByteBuf[MOST_BUFFERS];
    private int count;

    /// Of the ledgers that this thread has counted in; the one that was used last is the first.
    private Ledger.Account[] accounts = {};

    private Shelf() {}

    /// {@return the calling thread's, or null if the thread is virtual}
    static Shelf current() {
        return Thread.currentThread().isVirtual() ? null : OF_THREAD.get();
    }

    /// {@return a buffer object without memory}
    OffHeapByteBuf take() {
        if (count == 0) {
            return new OffHeapByteBuf();
        }
        final OffHeapByteBuf buffer = buffers[--count];
        buffers[count] = null;
        return buffer;
    }

    /// Keeps a buffer object that has no memory any more, or leaves it to the collector when there are enough.
    void put(OffHeapByteBuf buffer) {
        if (count < MOST_BUFFERS) {
            buffers[count++] = buffer;
        }
    }

    /// {@return the thread's sum in a ledger}
    Ledger.Account accountIn(Ledger ledger) {
        for (final Ledger.Account account : accounts) {
            if (account.isIn(ledger)) {
                return account;
            }
        }
        return openAccount(ledger);
    }

    private Ledger.Account openAccount(Ledger ledger) {
        final Ledger.Account account = ledger.open(this, Thread.currentThread());
        final var more = new Ledger.Account[accounts.length + 1];
        more[0] = account;
        System.arraycopy(accounts, 0, more, 1, accounts.length);
        accounts = more;
        return account;
    }
}
