package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.OsException;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ErrnoTest {

    @ParameterizedTest
    @CsvSource({"EPERM,1", "ENOENT,2", "EINTR,4", "EBADF,9", "EAGAIN,11", "ENOMEM,12", "EACCES,13", "EFAULT,14",
        "EINVAL,22", "EMFILE,24", "ENOSPC,28", "ENOSYS,38", "EOPNOTSUPP,95"})
    void numbersAreThoseOfTheKernel(Errno errno, int number) {
        assertEquals(number, errno.number());
        assertEquals(errno.name(), Errno.nameOf(number));
    }

    @Test
    void unknownNumberIsNamedByItself() {
        assertEquals("errno 4711", Errno.nameOf(4711));
        assertEquals("errno 0", Errno.nameOf(0));
    }

    @ParameterizedTest
    @EnumSource
    void predicatesHoldForTheseOnly(Errno errno) {
        final var failure = errno.of("call", "arguments");
        assertEquals(errno == Errno.ENOMEM, Errno.isOutOfMemory(failure));
        assertEquals(EnumSet.of(Errno.EPERM, Errno.EBADF, Errno.EINVAL, Errno.ENOSYS, Errno.EOPNOTSUPP).contains(errno),
                Errno.isUnsupported(failure));
        assertTrue(errno.isReasonOf(failure));
    }

    @Test
    void unknownNumberIsNeither() {
        final var failure = new OsException("call", "arguments", 4711, Errno.nameOf(4711));
        assertFalse(Errno.isOutOfMemory(failure));
        assertFalse(Errno.isUnsupported(failure));
    }

    @Test
    void exceptionOfAnErrorCarriesEverything() {
        final var failure = Errno.ENOMEM.of("mmap", "0x0, 4096 bytes");
        assertEquals("mmap(0x0, 4096 bytes) failed: ENOMEM (12)", failure.getMessage());
        assertEquals(12, failure.errno());
    }
}
