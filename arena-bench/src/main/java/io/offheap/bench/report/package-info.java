/// Decides how figures are shown: JSON for programs, a table for terminals, a page with plots for browsers.
///
/// Nothing here knows what was measured.
package io.offheap.bench.report;
