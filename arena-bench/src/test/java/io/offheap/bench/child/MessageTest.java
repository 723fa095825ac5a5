package io.offheap.bench.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MessageTest {

    @Test
    void aLineSaysWhatWasSaid() {
        final Message message =
                Message.of("DONE").with("records", 12).with("share", 0.25).with("text", "a=b c");
        final Message heard = Message.parse(message.line());
        assertEquals(message, heard);
        assertEquals(12, heard.number("records"));
        assertEquals(0.25, heard.decimal("share"));
        assertEquals("a=b c", heard.text("text"));
    }

    @Test
    void lineBreaksAndTabsDoNotBreakALine() {
        final String line = Message.of("FAILED").with("message", "a\n\tb\r\nc").line();
        assertEquals("a b c", Message.parse(line).text("message"));
    }

    @Test
    void whatIsNoFieldIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Message.parse("DONE\trecords"));
        assertThrows(IllegalArgumentException.class, () -> Message.of("DONE").text("records"));
    }
}
