package program;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/// An HTTP server that reads and writes through direct buffers: Jetty, asked by the JDK's client.
public final class Http {

    private static final int REQUESTS = 100;

    private Http() {}

    /// Prints how many answers were right, and `done`.
    public static void main(String[] arguments) throws Exception {
        final var server = new Server();
        final var connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Echo());
        server.start();
        try (var client = HttpClient.newHttpClient()) {
            final var address = URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/");
            int right = 0;
            for (int i = 0; i < REQUESTS; i++) {
                final var body = new byte[1 + i * 997];
                Arrays.fill(body, (byte) i);
                final var request = HttpRequest.newBuilder(address).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
                right += Arrays.equals(body, client.send(request, BodyHandlers.ofByteArray()).body()) ? 1 : 0;
            }
            System.out.println(right + " of " + REQUESTS);
        } finally {
            server.stop();
        }
        System.out.println("done");
    }

    private static final class Echo extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Content.copy(request, response, callback);
            return true;
        }
    }
}
