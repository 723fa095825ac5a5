package io.offheap.memory.range;

import java.util.List;
import java.util.TreeMap;

/// Values on their way into a sorted map, in place of those that it has in a range of keys: all of them or none.
///
/// Making one takes all Java heap that is needed, and enters those for whose keys the map had no value. Then comes
/// [#finish] or [#undo], and nobody looks at the range before.
///
/// @param <V> type of the values
public class Replacement<V> {

    private static final boolean[] NONE = {};

    private final TreeMap<Long, V> map;
    private final Long start;
    private final long end;
    private final Long[] keys;
    private final List<V> values;
    private final boolean[] isNew;

    /// Without Java heap nothing has changed.
    ///
    /// @param map    what is changed
    /// @param start  first key of the range
    /// @param end    behind the last
    /// @param keys   of the values, in the range and ascending
    /// @param values what is to be there in the end, and nothing else
    public Replacement(TreeMap<Long, V> map, Long start, long end, Long[] keys, List<V> values) {
        this.map = map;
        this.start = start;
        this.end = end;
        this.keys = keys;
        this.values = values;
        this.isNew = keys.length == 0 ? NONE : new boolean[keys.length];
        boolean done = false;
        try {
            for (int i = 0; i < keys.length; i++) {
                isNew[i] = map.putIfAbsent(keys[i], values.get(i)) == null;
            }
            done = true;
        } finally {
            if (!done) {
                undo();
            }
        }
    }

    /// Leaves the map as it was. Needs no Java heap.
    public void undo() {
        for (int i = 0; i < keys.length; i++) {
            if (isNew[i]) {
                map.remove(keys[i]);
            }
        }
    }

    /// Enters the values, and takes out those that were there. Needs no Java heap: there is an entry for each.
    public void finish() {
        int next = 0;
        for (Long key = map.ceilingKey(start); key != null && key < end; key = map.higherKey(key)) {
            final boolean stays = next < keys.length && keys[next].equals(key);
            if (!stays) {
                takenOut(map.remove(key));
            } else {
                if (!isNew[next]) {
                    takenOut(map.put(key, values.get(next)));
                }
                next++;
            }
        }
    }

    /// Told of each value that is taken out. Needs no Java heap.
    protected void takenOut(V value) {}
}
