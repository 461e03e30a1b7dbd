// SPDX-License-Identifier: MIT
using System;

// Answers each amount, until it is told to exit. A handler of ProcessExit says that the runtime has ended in order.
public static class Server {
    static int Work(int amount) {
#if COVERLET
        Coverlet.Core.Instrumentation.Tracker.Server_1.RecordHit();
#endif
        int done = 0;
        for (int at = 0; at < amount; at++) {
            done += at;
        }
        return done;
    }

    public static int Main() {
        AppDomain.CurrentDomain.ProcessExit += (sender, arguments) => System.IO.File.WriteAllText("ended-in-order", "");
        Console.WriteLine("ready");
        string line;
        while ((line = Console.ReadLine()) != null) {
            if (line == "exit") {
                return 3;
            }
            Console.WriteLine(Work(Int32.Parse(line)));
        }
        return 0;
    }
}
