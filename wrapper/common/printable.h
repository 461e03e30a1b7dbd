// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace covenv {

/// Safe on a terminal: control characters, marks of the direction of writing, and bytes that are no
/// UTF-8 are escaped as in C. Cut to `most` bytes, with an ellipsis.
std::string printable(std::string_view bytes, std::size_t most = 4096);

}  // namespace covenv
