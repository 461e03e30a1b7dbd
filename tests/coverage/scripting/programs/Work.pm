# SPDX-License-Identifier: MIT
package Work;
use strict;
use warnings;

sub work {
    my $amount = shift;
    my $total = 0;
    for my $i (0 .. $amount - 1) {
        if ($i % 2) {
            $total += $i;
        } else {
            $total += 1;
        }
    }
    return $total;
}

sub never_called {
    return 1;
}

1;
