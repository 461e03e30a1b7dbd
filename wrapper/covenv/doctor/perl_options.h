// SPDX-License-Identifier: MIT
#pragma once

#include "wrapper/covenv/doctor/surroundings.h"

namespace covenv::doctor {

/// How Devel::Cover is told to measure, in PERL5OPT and HARNESS_PERL_SWITCHES: where children are
/// not measured, or write into another database. `entries` ends with nullptr, as environ does.
void check_perl(const char* const* entries, Findings& findings);

}  // namespace covenv::doctor
