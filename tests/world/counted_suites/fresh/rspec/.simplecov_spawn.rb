# SPDX-License-Identifier: MIT
# frozen_string_literal: true

# As SimpleCov's README has it for processes that are spawned.
require "simplecov"
SimpleCov.command_name "spawn"
SimpleCov.at_fork.call(Process.pid)
SimpleCov.formatter SimpleCov::Formatter::SimpleFormatter
SimpleCov.minimum_coverage 0
SimpleCov.start
