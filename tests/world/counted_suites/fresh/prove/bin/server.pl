# SPDX-License-Identifier: MIT
use strict;
use warnings;
use IO::Socket::INET;
use Shop;

my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die "no socket: $!";
$| = 1;
print $server->sockport, "\n";
while (my $client = $server->accept) {
    my $amount = <$client>;
    print {$client} Shop::price($amount), "\n";
    close $client;
}
