// SPDX-License-Identifier: MIT
#pragma once

#include "wrapper/covenv/doctor/surroundings.h"

namespace covenv::doctor {

/// Options of JaCoCo's agent, in a variable for JVMs, by which data of processes that end are lost.
/// `entries` ends with nullptr, as environ does.
void check_jacoco(const char* const* entries, Findings& findings);

}  // namespace covenv::doctor
