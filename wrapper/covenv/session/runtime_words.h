// SPDX-License-Identifier: MIT
// What a report says of a runtime that did not save: each reason in the runtime's own words.
#pragma once

#include <string_view>

#include "shim/core/runtime_kind.h"

namespace covenv {

struct RuntimeWords {
  std::string_view failed;  ///< the save was begun, and did not succeed
  std::string_view failed_fix;
  std::string_view busy_name;  ///< the loss's short name if the save could not begin
  std::string_view busy;
  std::string_view busy_fix;
  /// What measures has no file of its own. Empty for a runtime that always has one.
  std::string_view no_file = {};
  std::string_view no_file_fix = {};
  std::string_view left;                         ///< the process ended by itself, unsaved
  std::string_view abort_fix = "fix the crash";  ///< it has died of SIGABRT, unsaved
  std::string_view leave;  ///< how a process ends so that it saves: "leave by ..."
};

const RuntimeWords& words_of(RuntimeKind runtime);

}  // namespace covenv
