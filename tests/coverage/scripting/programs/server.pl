# SPDX-License-Identifier: MIT
# Answers each amount, waits in the way that a word names, and ends in the way that a word names.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use POSIX ();
use Work;

END { print "END has run\n" }
$| = 1;
print "ready\n";
while (my $word = <STDIN>) {
    chomp $word;
    if ($word eq 'exit') { exit 3 }
    elsif ($word eq '_exit') { POSIX::_exit(3) }
    elsif ($word eq 'kill self') { kill 'KILL', $$ }
    elsif ($word eq 'exec') { exec '/bin/true' }
    elsif ($word eq 'busy') { Work::work(1000) while 1 }
    elsif ($word eq 'accept') {
        require IO::Socket::INET;
        print "1\n";
        IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->accept;
    }
    elsif ($word eq 'sleep') { print "1\n"; sleep 100 }
    elsif ($word eq 'system') { print "1\n"; system 'exec sleep 5 >/dev/null 2>&1' }
    elsif ($word eq 'fork') {
        pipe my $reader, my $writer;
        my $worker = fork // die $!;
        if ($worker == 0) {
            syswrite $writer, Work::work(5) . "\n";
            sleep 100;
        }
        readline $reader;
        kill 'KILL', $worker;
        waitpid $worker, 0;
        print $? & 127, "\n";
    }
    else { print Work::work($word), "\n" }
}
