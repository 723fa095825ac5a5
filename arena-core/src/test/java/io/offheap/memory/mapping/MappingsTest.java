package io.offheap.memory.mapping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Mappings in a program that has no Java heap when one of them is to be attached to what it shows.
class MappingsTest {

    private static final int PAGES = 10;

    /// Has room for so many more mappings.
    private static final class FullObject extends MappedObject {
        private int room;

        FullObject(int room) {
            this.room = room;
        }

        @Override
        void prepareToAttach() {
            if (room == 0) {
                throw new OutOfMemoryError("simulated");
            }
            room--;
            super.prepareToAttach();
        }
    }

    private final Translations space = _ -> 0;
    private final Mappings mappings = new Mappings();

    private void map(MappedObject object) {
        mappings.replacing(0L, PAGES, new Mapping(space, 0, PAGES, object, 0, true, Protection.READ_WRITE)).finish();
    }

    private void requireAttached(MappedObject object, String expected) {
        assertEquals(expected, mappings.all().toString());
        assertEquals(List.copyOf(mappings.all()), object.mappings(), "the object knows others than are mapped");
        assertTrue(mappings.checkInvariants());
    }

    @Test
    void mappingThatCannotBeCutStaysWhole() {
        final var object = new FullObject(1);
        map(object);
        assertThrows(OutOfMemoryError.class, () -> mappings.cut(3, 5));
        requireAttached(object, "[0-10]");
    }

    @Test
    void protectionWithoutRoomForTheSecondCutChangesNothing() {
        final var object = new FullObject(2);
        map(object);
        assertThrows(OutOfMemoryError.class, () -> mappings.protect(3L, 5, Protection.READ));
        requireAttached(object, "[0-10]");
    }

    @Test
    void othersInTheRangeAreDetachedAndWhatIsUndoneIsNot() {
        final var object = new FullObject(2);
        final var other = new FullObject(3);
        map(object);
        final var added = new Mapping(space, 0, PAGES, other, 0, true, Protection.READ_WRITE);
        mappings.replacing(0L, PAGES, added).undo();
        requireAttached(object, "[0-10]");
        mappings.replacing(0L, PAGES, added).finish();
        requireAttached(other, "[0-10]");
        assertEquals(List.of(), object.mappings());
        mappings.replacing(0L, PAGES, null).finish();
        requireAttached(other, "[]");
    }

    @Test
    void secondCutThatFailsLeavesTwoMappingsThatAreFound() {
        final var object = new FullObject(2);
        map(object);
        assertThrows(OutOfMemoryError.class, () -> mappings.cut(3, 5));
        requireAttached(object, "[0-3, 3-10]");
    }

    @Test
    void mappingThatCannotBeAddedIsNowhere() {
        final var object = new FullObject(0);
        assertThrows(OutOfMemoryError.class, () -> map(object));
        requireAttached(object, "[]");
    }

    @Test
    void forkThatFailsHasAttachedWhatItHas() {
        final var object = new FullObject(3);
        map(object);
        mappings.protect(3L, PAGES, Protection.READ);
        final var child = new Mappings();
        assertThrows(OutOfMemoryError.class, () -> mappings.forkInto(child, space));
        assertEquals("[0-3]", child.all().toString());
        assertEquals(3, object.mappings().size());
        child.clear();
        requireAttached(object, "[0-3, 3-10]");
    }
}
