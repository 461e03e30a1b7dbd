// SPDX-License-Identifier: MIT
package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class ServerTest {
    static BufferedReader lines(java.io.InputStream in) {
        return new BufferedReader(new InputStreamReader(in));
    }

    @Test
    void addsUp() throws Exception {
        String java = System.getProperty("java.home") + "/bin/java";
        Process server = new ProcessBuilder(java, System.getProperty("agent"), "-cp", "target/classes", "shop.Server")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int port = Integer.parseInt(lines(server.getInputStream()).readLine());
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream().write("4\n".getBytes());
            assertEquals("6", lines(client.getInputStream()).readLine());
        }
        server.destroyForcibly();
        assertEquals(137, server.waitFor());
    }
}
