package io.offheap.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void textIsEscaped() {
        assertEquals("\"a \\\"b\\\" \\\\ \\n\\t\\r \\u0001 \u00e4\"", Json.of("a \"b\" \\ \n\t\r \u0001 \u00e4"));
    }

    @Test
    void wholeDecimalsHaveNoFraction() {
        assertEquals("[3,0.5,-2,7,true]", Json.of(List.of(3.0, 0.5, -2.0, 7L, true)));
    }

    @Test
    void objectsKeepTheOrderOfTheirFields() {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("workload", "ebizzy");
        object.put("value", 12);
        object.put("at", "peak");
        assertEquals("{\"workload\":\"ebizzy\",\"value\":12,\"at\":\"peak\"}", Json.of(object));
    }

    @Test
    void linesAreOneArrayWithOneObjectOnEach() {
        assertEquals("[\n  {\"a\":1},\n  {\"b\":2}\n]\n", Json.lines(List.of(Map.of("a", 1), Map.of("b", 2))));
    }

    @Test
    void whatJsonCannotSayIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Json.of(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Json.of(Double.POSITIVE_INFINITY));
        assertThrows(IllegalArgumentException.class, () -> Json.of(new Object()));
        assertThrows(IllegalArgumentException.class, () -> Json.of(null));
    }
}
