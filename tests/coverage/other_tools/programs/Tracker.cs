// SPDX-License-Identifier: MIT
using System;

// What coverlet puts into an assembly: a type of this namespace, which writes the hits at ProcessExit. coverlet itself
// is in a registry that the tests do not reach.
namespace Coverlet.Core.Instrumentation.Tracker {
    internal static class Server_1 {
        static int hits;

        static Server_1() {
            AppDomain.CurrentDomain.ProcessExit +=
                (sender, arguments) => System.IO.File.WriteAllText("hits", hits.ToString());
        }

        internal static void RecordHit() {
            hits++;
        }
    }
}
