// SPDX-License-Identifier: MIT
// The table of cases: functions × forms.
#pragma once

#include <vector>

#include "scene.h"

namespace transparency {

std::vector<Case> exec_cases();     // every exec and spawn function in every form
std::vector<Case> shell_cases();    // system, popen, wordexp
std::vector<Case> special_cases();  // forms that only one function has, and limits

}  // namespace transparency
