package io.offheap.bench;

/// Where `./arena` enters.
public final class Main {

    private Main() {}

    /// Prints what can be run.
    public static void main(String[] args) {
        System.out.println("usage: arena demo");
    }
}
