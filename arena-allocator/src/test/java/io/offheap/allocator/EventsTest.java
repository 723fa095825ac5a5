package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.FakeTicker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a flight recording shows. Samples are checked without their rate limit, which is the recorder's.
class EventsTest {

    private static final long MIB = 1L << 20;
    private static final long LIMIT = 64 * MIB;
    private static final String SAMPLE = "io.offheap.AllocationSample";

    @TempDir
    Path directory;

    private final FakeTicker clock = new FakeTicker(1);
    private final OffHeapAllocator allocator = allocator(clock, Duration.ofSeconds(1));

    private static OffHeapAllocator allocator(Ticker clock, Duration decay) {
        return new OffHeapAllocator(
                OffHeapAllocator.builder().name("recorded").hardLimit(LIMIT).decay(decay).pressure().options(),
                Platform.memory(), clock, false);
    }

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    /// {@return the events of one type that happen during some work}
    private List<RecordedEvent> record(String name, Runnable work) throws IOException {
        final var file = directory.resolve(name + ".jfr");
        try (var recording = new Recording()) {
            recording.enable(name).with("throttle", "off");
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .peek(event -> assertEquals("recorded", event.getString("allocator")))
                .toList();
    }

    private List<RecordedEvent> purges(Runnable work) throws IOException {
        return record("io.offheap.Purge", work);
    }

    private void freeMany() {
        for (int i = 0; i < 8; i++) {
            allocator.freeAddress(allocator.allocateAddress(MIB + i * 300_000));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {48, 4096, 14_336})
    void samplesWeighWhatWasTakenFromSlabs(int size) throws Exception {
        final var events = record(SAMPLE, () -> {
            for (long bytes = 0; bytes < 32 * MIB; bytes += size) {
                allocator.allocateAddress(size);
            }
        });
        final long weight = events.stream().mapToLong(event -> event.getLong("weight")).sum();
        assertTrue(weight > 31 * MIB && weight <= 33 * MIB, events.size() + " samples of " + weight + " bytes");
        for (final var event : events) {
            assertEquals(size, event.getLong("blockBytes"));
            assertTrue(event.getLong("weight") >= 512 << 10, event::toString);
            assertTrue(event.getStackTrace().getFrames().stream()
                    .anyMatch(frame -> frame.getMethod().getName().equals("allocateAddress")), event::toString);
            assertEquals(Thread.currentThread().threadId(), event.getThread().getJavaThreadId());
        }
    }

    @Test
    void largeBlocksAreSampledWhenTheirRunComesFromAShard() throws Exception {
        final var first = record(SAMPLE, () -> allocator.freeAddress(allocator.allocateAddress(MIB)));
        assertEquals(List.of(MIB, MIB), List.of(first.getFirst().getLong("blockBytes"), first.getFirst().getLong("weight")));
        assertEquals(1, first.size());
        assertEquals(List.of(), record(SAMPLE, () -> allocator.allocateAddress(MIB)), "it came from the thread's cache");
    }

    @Test
    void growthTellsWhatWasMapped() throws Exception {
        final var events = record("io.offheap.Growth", () -> {
            allocator.allocateAddress(3 * MIB);
            allocator.allocateAddress(5 * MIB);
        });
        final long[] sizes = events.stream().mapToLong(event -> event.getLong("bytes")).toArray();
        assertEquals(2, sizes.length);
        assertEquals(sizes[0], events.get(0).getLong("mappedBytes"));
        assertEquals(sizes[0] + sizes[1], events.get(1).getLong("mappedBytes"));
        assertEquals(allocator.stats().mappedBytes(), sizes[0] + sizes[1]);
    }

    @Test
    void purgeTellsItsCauseAndWhatItGaveBack() throws Exception {
        freeMany();
        final long[] given = new long[1];
        final var events = purges(() -> given[0] = allocator.purge());
        assertEquals(1, events.size());
        assertEquals("CALL", events.getFirst().getString("cause"));
        assertEquals(given[0], events.getFirst().getLong("bytes"));
        assertTrue(events.getFirst().getDuration().isPositive());
        assertEquals(List.of(), purges(allocator::purge), "nothing was volatile any more");
    }

    @Test
    void directReclaimIsAPurgeForGrowth() throws Exception {
        freeMany();
        final var events = purges(() -> allocator.allocateAddress(LIMIT - MIB));
        assertTrue(!events.isEmpty());
        events.forEach(event -> assertEquals("GROWTH", event.getString("cause")));
        assertEquals(allocator.stats().bytesPurged(), events.stream().mapToLong(event -> event.getLong("bytes")).sum());
    }

    @Test
    void decayAndPressureAreCausesToo() throws Exception {
        final var maintenance = allocator.maintenance();
        final var causes = new ArrayList<String>();
        freeMany();
        maintenance.maintain(MemoryPressure.NONE, Long.MAX_VALUE);
        for (final var event : purges(() -> {
            for (int i = 0; i < 3; i++) {
                clock.advance(Duration.ofSeconds(2).toNanos());
                maintenance.maintain(MemoryPressure.NONE, Long.MAX_VALUE);
            }
            freeMany();
            maintenance.maintain(MemoryPressure.CRITICAL, 0);
        })) {
            causes.add(event.getString("cause"));
        }
        assertEquals(List.of("DECAY", "PRESSURE"), causes.stream().distinct().toList());
        assertEquals(0, allocator.stats().volatileBytes());
    }

    @Test
    void pressureChangesAreToldOnce() throws Exception {
        final var maintenance = allocator.maintenance();
        final var events = record("io.offheap.PressureChange", () -> {
            maintenance.maintain(MemoryPressure.NONE, 100);
            maintenance.maintain(MemoryPressure.SOME, 50);
            maintenance.maintain(MemoryPressure.SOME, 40);
            maintenance.maintain(MemoryPressure.CRITICAL, -1);
            maintenance.maintain(MemoryPressure.NONE, 90);
        });
        assertEquals(List.of("NONE SOME 50", "SOME CRITICAL -1", "CRITICAL NONE 90"), events.stream()
                .map(event -> event.getString("from") + " " + event.getString("to") + " " + event.getLong("headroomBytes"))
                .toList());
    }

    @Test
    void limitHitTellsWhatWasWantedAndHeld() throws Exception {
        allocator.allocateAddress(40 * MIB);
        final var events = record("io.offheap.LimitHit",
                () -> assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(30 * MIB)));
        assertEquals(1, events.size());
        assertEquals(30 * MIB, events.getFirst().getLong("requestedBytes"));
        assertEquals(allocator.stats().committedBytes(), events.getFirst().getLong("committedBytes"));
        assertEquals(LIMIT, events.getFirst().getLong("hardLimit"));
    }

    @Test
    void everyEventHasALabelACategoryAndADescription() throws Exception {
        record(SAMPLE, () -> { });                      // so that the recorder exists
        freeMany();
        allocator.maintenance().maintain(MemoryPressure.SOME, 1);
        allocator.purge();
        assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(LIMIT));
        final var ours = FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .filter(type -> type.getName().startsWith("io.offheap.")).toList();
        assertEquals(List.of("AllocationSample", "Growth", "LimitHit", "PressureChange", "Purge"),
                ours.stream().map(EventType::getName).map(name -> name.substring(11)).sorted().toList());
        for (final var type : ours) {
            assertEquals(List.of("Offheap", "Allocator"), type.getCategoryNames());
            assertTrue(!type.getLabel().isEmpty() && !type.getDescription().isEmpty(), type.getName());
            assertTrue(type.getFields().stream().allMatch(field -> !field.getLabel().isEmpty()), type.getName());
        }
    }

    @Test
    void samplesAreRateLimitedByDefault() throws Exception {
        final var file = directory.resolve("limited.jfr");
        try (var recording = new Recording()) {
            recording.enable(SAMPLE);
            recording.start();
            for (int i = 0; i < 4000; i++) {
                allocator.freeAddress(allocator.allocateAddress(20 * MIB));     // too large for a cache
            }
            recording.stop();
            recording.dump(file);
        }
        final var events = RecordingFile.readAllEvents(file);
        final long spanMillis = Duration.between(
                events.getFirst().getStartTime(), events.getLast().getStartTime()).toMillis();
        assertTrue(events.size() <= 200 + spanMillis / 5, events.size() + " samples in " + spanMillis + " ms");
        assertTrue(events.size() < 4000);
    }
}
