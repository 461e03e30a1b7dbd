// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace covenv {

/// An environment variable. The name is one that a shell takes: letters, digits and underscores. No
/// NUL in the value.
struct Variable {
  std::string name;
  std::string value;
};

}  // namespace covenv
