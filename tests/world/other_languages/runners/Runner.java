// SPDX-License-Identifier: MIT
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;

/** usage: Runner COMMAND...: starts the server, makes a request, and ends it by destroyForcibly(). */
class Runner {
    public static void main(String[] command) throws Exception {
        Process server = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        var out = new BufferedReader(new InputStreamReader(server.getInputStream()));
        int port = Integer.parseInt(out.readLine());
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            if (socket.getInputStream().read() < 0) throw new AssertionError("no answer");
        }
        int status = server.destroyForcibly().waitFor();
        System.out.println(status == 128 + 9 ? "killed" : "not killed");
    }
}
