# SPDX-License-Identifier: MIT
# Programs whose coverage cannot be kept.
require 'coverage' if ARGV.first == 'plain'
Coverage.start if ARGV.first == 'plain'
SimpleCov.use_merging false if ARGV.first == 'unmerged'
SimpleCov.coverage_dir 'nowhere/\0' if ARGV.first == 'unwritable'
require_relative 'work'
work(3)
$stdout.sync = true
puts 'ready'
('a' * 40).match?(/^(a+)+(?<!b)\1x$/) if ARGV.first == 'busy'
gets
