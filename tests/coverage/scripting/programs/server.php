<?php
// SPDX-License-Identifier: MIT
// Answers each amount, waits in the way that a word names, and ends in the way that a word names.
require __DIR__ . '/work.php';

class Witness
{
    public function __destruct()
    {
        echo "a destructor has run\n";
    }
}

$witness = new Witness();
register_shutdown_function(function () {
    echo "a shutdown function has run\n";
});
echo "ready\n";
while (($line = fgets(STDIN)) !== false) {
    $word = trim($line);
    if ($word === 'exit') {
        exit(3);
    } elseif ($word === 'kill self') {
        posix_kill(getmypid(), SIGKILL);
    } elseif ($word === 'exec') {
        pcntl_exec('/bin/true');
    } elseif ($word === 'busy') {
        while (true) {
            work(1000);
        }
    } elseif ($word === 'loop') {
        echo "1\n";
        for (;;) {
        }
    } elseif ($word === 'accept') {
        echo "1\n";
        stream_socket_accept(stream_socket_server('tcp://127.0.0.1:0'), 100);
    } elseif ($word === 'select') {
        $read = [stream_socket_server('tcp://127.0.0.1:0')];
        $write = $except = null;
        echo "1\n";
        stream_select($read, $write, $except, 100);
    } elseif ($word === 'sleep') {
        echo "1\n";
        sleep(100);
    } elseif ($word === 'system') {
        echo "1\n";
        system('exec sleep 5 >/dev/null 2>&1');
    } elseif ($word === 'generator') {
        echo "1\n";
        foreach ((function () { while (true) { yield 1; } })() as $one) {
        }
    } elseif ($word === 'fork') {
        [$reader, $writer] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $worker = pcntl_fork();
        if ($worker === 0) {
            fwrite($writer, work(5) . "\n");
            sleep(100);
        }
        fgets($reader);
        system("kill -9 $worker"); // by a shell, because posix_kill() calls libc past every preloaded library
        pcntl_waitpid($worker, $status);
        echo pcntl_wtermsig($status), "\n";
    } else {
        echo work((int) $word), "\n";
    }
}
