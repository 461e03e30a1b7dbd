// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace covenv {

/// What stands behind the last slash.
inline std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace covenv
