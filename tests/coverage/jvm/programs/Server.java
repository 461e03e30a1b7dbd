// SPDX-License-Identifier: MIT
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Takes a word a line, and answers each but the last one by a number. */
public class Server {
    static volatile long sink;

    public static void main(String[] arguments) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> leave("hook-ran")));
        try {
            serve();
        } finally {
            leave("finally-ran");
        }
    }

    private static void serve() throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        answer("ready");
        for (String word = input.readLine(); word != null; word = input.readLine()) {
            switch (word) {
                case "exit":
                    System.exit(3);
                    break;
                case "_exit":
                    Runtime.getRuntime().halt(3);
                    break;
                case "raise":
                    throw new IllegalStateException("the end");
                case "exec":
                    return;
                case "busy":
                    while (true) {
                        sink += Work.work(1000);
                    }
                case "0":
                    trouble();
                    answer("0");
                    break;
                default:
                    answer(String.valueOf(Work.work(Integer.parseInt(word))));
            }
        }
    }

    /** Threads that compute, allocate, overflow their stacks, accept, and wait for each other's locks. */
    private static void trouble() throws Exception {
        Object[] locks = {new Object(), new Object()};
        CountDownLatch taken = new CountDownLatch(2);
        for (int first : new int[] {0, 1}) {
            start(() -> {
                synchronized (locks[first]) {
                    taken.countDown();
                    taken.await();
                    synchronized (locks[1 - first]) {
                        sink++;
                    }
                }
            });
        }
        taken.await();
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        start(socket::accept);
        start(() -> {
            List<byte[]> kept = new ArrayList<>();
            while (true) {
                kept.add(new byte[1 << 16]);
                if (kept.size() > 100) {
                    kept.clear();
                }
            }
        });
        start(() -> {
            while (true) {
                try {
                    sink += overflow(0);
                } catch (StackOverflowError expected) {
                    sink++;
                }
            }
        });
    }

    private static int overflow(int depth) {
        return overflow(depth + 1) + 1;
    }


    interface Task {
        void run() throws Exception;
    }

    private static void start(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception unexpected) {
                throw new IllegalStateException(unexpected);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void leave(String name) {
        try {
            new File(name).createNewFile();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void answer(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
