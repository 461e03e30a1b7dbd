# SPDX-License-Identifier: MIT
# What a Perl program sees of the handlers of signals, and whether its own handler of SIGURG works.
use strict;
use warnings;
use POSIX ();

print join(' ', map { "$_=" . ($SIG{$_} // 'undef') } sort keys %SIG), "\n";
for my $signal (1 .. 64) {
    my $action = POSIX::SigAction->new;
    my $is_known = POSIX::sigaction($signal, undef, $action);
    printf "%d %s %s\n", $signal, $is_known // '-', $is_known ? $action->handler : '';
}
my $seen = 0;
$SIG{URG} = sub { $seen++ };
kill 'URG', $$;
print "$seen ", ref $SIG{URG}, "\n";
$SIG{URG} = 'IGNORE';
kill 'URG', $$;
print "$seen $SIG{URG}\n";
