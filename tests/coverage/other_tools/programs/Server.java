// SPDX-License-Identifier: MIT
import java.io.BufferedReader;
import java.io.InputStreamReader;

/** Answers each amount, until it is told to exit. */
public class Server {
    static int work(int amount) {
        int done = 0;
        for (int at = 0; at < amount; at++) {
            done += at;
        }
        return done;
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        String line;
        while ((line = in.readLine()) != null) {
            if (line.equals("exit")) {
                System.exit(3);
            }
            System.out.println(work(Integer.parseInt(line)));
        }
    }
}
