/// Programs that know nothing of the agent. The tests run them in JVMs of their own, with it.
package program;
