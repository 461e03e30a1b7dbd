// SPDX-License-Identifier: MIT
// The name by which a program was started, which is compared before anything is looked up.
#pragma once

#include <string_view>

#include "shim/runtimes/runtimes.h"

namespace covenv {

/// What stands behind the last slash of argv[0]; empty if that is unknown.
inline std::string_view program_name(const ProgramStart& start) {
  if (start.arguments == nullptr || *start.arguments == nullptr) return {};
  std::string_view path = *start.arguments;
  path.remove_prefix(path.rfind('/') + 1);
  return path;
}

}  // namespace covenv
