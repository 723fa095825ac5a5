/// Decides what JMH measures: single operations, contestants side by side in forks of their own.
package io.offheap.bench.jmh;
