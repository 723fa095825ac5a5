package io.offheap.netty;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/// One connection to an [EchoServer], which sends a request when the last one was answered, and compares.
final class EchoClient implements AutoCloseable {

    /// One in so many bodies is large.
    private static final int LARGE_SHARE = 8;
    private static final int SMALL_BYTES = 500;

    private final Socket socket;
    private final InputStream in;
    private final Random random;

    EchoClient(InetSocketAddress server, Random random) throws IOException {
        this.socket = new Socket(server.getAddress(), server.getPort());
        socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream());
        this.random = random;
    }

    /// Sends a body of random length and contents, and waits for the answer.
    ///
    /// @return how long the body was
    /// @throws IOException also if the answer is another one
    int request() throws IOException {
        final boolean large = random.nextInt(LARGE_SHARE) == 0;
        final byte[] body = new byte[random.nextInt(large ? EchoServer.MOST_BYTES : SMALL_BYTES)];
        random.nextBytes(body);
        socket.getOutputStream().write(request(body));
        if (!Arrays.equals(body, response())) {
            throw new IOException("the answer to " + body.length + " bytes is another one");
        }
        return body.length;
    }

    private static byte[] request(byte[] body) {
        final byte[] head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n".formatted(body.length)
                .getBytes(StandardCharsets.US_ASCII);
        final byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        return request;
    }

    private byte[] response() throws IOException {
        expect("HTTP/1.1 200 OK", line());
        final String length = line();
        expect("", line());
        return in.readNBytes(Integer.parseInt(length.substring("content-length: ".length())));
    }

    private static void expect(String expected, String found) throws IOException {
        if (!expected.equals(found)) {
            throw new IOException("the server says '" + found + "', not '" + expected + "'");
        }
    }

    private String line() throws IOException {
        final var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the server has closed the connection");
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
