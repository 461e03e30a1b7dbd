// SPDX-License-Identifier: MIT
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;

/** Starts a server without an environment, has it work, kills it, and prints its status: PROGRAM AMOUNT... */
public class Runner {
    public static void main(String[] arguments) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(arguments[0]);
        builder.environment().clear();
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process server = builder.start();
        BufferedReader output = new BufferedReader(new InputStreamReader(server.getInputStream()));
        OutputStream input = server.getOutputStream();
        output.readLine();
        for (int i = 1; i < arguments.length; i++) {
            input.write((arguments[i] + "\n").getBytes());
            input.flush();
            output.readLine();
        }
        server.destroyForcibly();
        System.out.println(server.waitFor());
    }
}
