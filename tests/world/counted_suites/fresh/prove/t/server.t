# SPDX-License-Identifier: MIT
use strict;
use warnings;
use IO::Socket::INET;
use Test::More tests => 2;

my $pid = open my $output, "-|", $^X, "-Ilib", "bin/server.pl" or die "no server: $!";
chomp(my $port = <$output>);
my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die "no answer: $!";
print {$client} "4\n";
is(<$client>, "6\n", "the server adds up");
kill KILL => $pid;
waitpid $pid, 0;
is($? & 127, 9, "the server was killed");
