// SPDX-License-Identifier: MIT
using System;
using System.Diagnostics;
using System.Net.Sockets;

// usage: Runner COMMAND...: starts the server, makes a request, and ends it by Process.Kill().
public static class Runner {
    public static int Main(string[] command) {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true };
        for (int at = 1; at < command.Length; at++) {
            start.ArgumentList.Add(command[at]);
        }
        Process server = Process.Start(start);
        int port = Int32.Parse(server.StandardOutput.ReadLine());
        var answer = new byte[16];
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)) {
            socket.Connect("127.0.0.1", port);
            if (socket.Receive(answer) == 0) {
                return 1;
            }
        }
        server.Kill();
        server.WaitForExit();
        Console.WriteLine(server.ExitCode == 128 + 9 ? "killed" : "not killed");
        return 0;
    }
}
