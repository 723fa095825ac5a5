/// Decides how the layers are tested: memory, files and time that a test controls, and the floor plan as a check.
package io.offheap.testkit;
