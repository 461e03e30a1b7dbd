// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "wrapper/covenv/doctor/surroundings.h"

namespace covenv::doctor {

/// How a Ruby project in `folder` starts SimpleCov, in its helpers of tests, in .simplecov, and in
/// the files that RUBYOPT loads: too late, not in children, under one name for all, or with results
/// that expire. `entries` ends with nullptr, as environ does.
void check_simplecov(const char* const* entries, const std::filesystem::path& folder,
                     Findings& findings);

}  // namespace covenv::doctor
