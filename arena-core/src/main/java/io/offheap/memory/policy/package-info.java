/// Decides on which NUMA nodes the pages of a range should lie, and how long a policy is kept.
package io.offheap.memory.policy;
