package io.offheap.bench.suite;

/// A plot of the page that is worth a file of its own.
///
/// @param name of the file, without its ending
/// @param heading what it shows
/// @param svg the plot
record Picture(String name, String heading, String svg) {}
