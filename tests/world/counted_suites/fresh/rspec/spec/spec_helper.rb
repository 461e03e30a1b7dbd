# SPDX-License-Identifier: MIT
# frozen_string_literal: true

require "simplecov"
SimpleCov.start
