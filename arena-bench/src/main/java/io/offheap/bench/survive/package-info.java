/// Decides what `./arena bench survive` measures: who lives through phases of work that each fit into a memory limit, when what one
/// phase has freed must not be in the way of the next.
///
/// The *parent* ([io.offheap.bench.survive.SurviveCommand]) makes a limit for each run, starts the *contestant
/// child* in it, and a *neighbour child* where one takes part; what happened is read from the children, their exit
/// codes, and what the limit counted.
package io.offheap.bench.survive;
