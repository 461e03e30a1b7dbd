<?php
// SPDX-License-Identifier: MIT
// Prints "LINE COUNT" for each line of work.php, in each file that php-code-coverage has written: by pcov and Xdebug, a
// line has run or has not.
require 'SebastianBergmann/CodeCoverage/autoload.php';

foreach (glob($argv[1] . '/*.cov') as $file) {
    $data = (include $file)->getData()->lineCoverage();
    foreach ($data[__DIR__ . '/work.php'] ?? [] as $line => $tests) {
        echo $line, ' ', $tests === null ? 0 : count($tests), "\n";
    }
}
