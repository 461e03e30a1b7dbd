<?php
// SPDX-License-Identifier: MIT
// What users name by auto_prepend_file: php-code-coverage begins here, and writes a file as PHP ends.
require 'SebastianBergmann/CodeCoverage/autoload.php';

(static function () {
    $filter = new SebastianBergmann\CodeCoverage\Filter();
    $filter->includeFile(__DIR__ . '/work.php');
    $coverage = new SebastianBergmann\CodeCoverage\CodeCoverage(
        (new SebastianBergmann\CodeCoverage\Driver\Selector())->forLineCoverage($filter),
        $filter
    );
    $coverage->start('server');
    register_shutdown_function(static function () use ($coverage) {
        $coverage->stop();
        $folder = getenv('COVERAGE_FOLDER');
        (new SebastianBergmann\CodeCoverage\Report\PHP())->process($coverage, $folder . '/' . getmypid() . '.cov');
        echo "coverage is written\n";
    });
})();
