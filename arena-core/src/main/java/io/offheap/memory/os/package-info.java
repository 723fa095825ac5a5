/// Decides how the operating system is asked: one method for each system call, no policy. Where there is none that is known,
/// the JDK answers in its place ([io.offheap.memory.os.Platform]).
///
/// The only package that links native code, calls restricted methods or knows an `errno` value. What it
/// does not do: retry, round, cache, or choose, but for which function of the C library zeroes long ranges.
package io.offheap.memory.os;
