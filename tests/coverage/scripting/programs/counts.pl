# SPDX-License-Identifier: MIT
# Prints "LINE COUNT" for each statement of Work.pm, as Devel::Cover merges the runs of a database.
use strict;
use warnings;
use Devel::Cover::DB;

my $cover = Devel::Cover::DB->new(db => shift)->merge_runs->cover;
for my $name (grep /Work\.pm$/, $cover->items) {
    my $statements = $cover->file($name)->statement;
    for my $line ($statements->items) {
        print "$line ", $_->covered, "\n" for @{$statements->location($line)};
    }
}
