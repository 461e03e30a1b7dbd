// SPDX-License-Identifier: MIT

/** What is measured: each branch runs or not, by the amounts that the server is given. */
public class Work {
    public static int work(int amount) {
        int done = 0;
        for (int i = 0; i < amount; i++) {
            done += oddOrEven(i);
        }
        if (amount > 1000000) {
            done = neverCalled(done);
        }
        return done;
    }

    private static int oddOrEven(int number) {
        if (number % 2 == 0) {
            return 2;
        }
        return 1;
    }

    static int neverCalled(int number) {
        return number + 1;
    }
}
