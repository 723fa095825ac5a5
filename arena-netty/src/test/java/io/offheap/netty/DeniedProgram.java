package io.offheap.netty;

/// A program that asks for the allocator of the process twice, where native access is denied. Run by [DeniedAccessTest].
final class DeniedProgram {

    private DeniedProgram() {}

    public static void main(String[] arguments) {
        for (int i = 0; i < 2; i++) {
            try {
                System.out.println(OffHeapByteBufAllocator.shared());
            } catch (IllegalCallerException denied) {
                System.out.println("denied: " + denied.getMessage());
            }
        }
    }
}
