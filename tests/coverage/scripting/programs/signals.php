<?php
// SPDX-License-Identifier: MIT
// What a PHP program sees of the handlers of signals, and whether its own handler of SIGURG works.
foreach (range(1, 64) as $signal) {
    try {
        echo $signal, ' ', var_export(pcntl_signal_get_handler($signal), true), "\n";
    } catch (ValueError $error) {
        echo $error->getMessage(), "\n";
    }
}
$seen = 0;
pcntl_async_signals(true);
pcntl_signal(SIGURG, function () use (&$seen) { $seen++; });
posix_kill(getmypid(), SIGURG);
echo "$seen\n";
pcntl_signal(SIGURG, SIG_IGN);
posix_kill(getmypid(), SIGURG);
echo "$seen\n";
