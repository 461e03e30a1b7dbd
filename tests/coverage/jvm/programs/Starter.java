// SPDX-License-Identifier: MIT

/** Starts a program, which answers, and waits to be killed. */
public class Starter {
    public static void main(String[] arguments) throws Exception {
        for (int amount : new int[] {7, 1, 27}) {
            Work.work(amount);
        }
        int status = new ProcessBuilder("/bin/sh", "-c", "exit 7").start().waitFor();
        System.out.println("started " + status);
        System.out.flush();
        Thread.sleep(Long.MAX_VALUE);
    }
}
