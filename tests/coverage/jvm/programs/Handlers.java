// SPDX-License-Identifier: MIT
import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** Prints the handler of SIGURG that was there, takes the signal, gets it, and gives it back. */
public class Handlers {
    public static void main(String[] arguments) throws Exception {
        CountDownLatch got = new CountDownLatch(1);
        Signal urgent = new Signal("URG");
        SignalHandler before = Signal.handle(urgent, signal -> got.countDown());
        System.out.println(before == SignalHandler.SIG_DFL);
        Signal.raise(urgent);
        got.await();
        System.out.println("got it");
        System.out.println(Signal.handle(urgent, SignalHandler.SIG_DFL) != SignalHandler.SIG_DFL);
        System.out.println(Signal.handle(urgent, SignalHandler.SIG_IGN) == SignalHandler.SIG_DFL);
    }
}
