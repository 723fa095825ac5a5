/// Decides how the cases are run for a short time.
package io.offheap.jcstress;
