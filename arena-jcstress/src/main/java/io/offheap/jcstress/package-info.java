/// Runs the cases for a short time.
package io.offheap.jcstress;
