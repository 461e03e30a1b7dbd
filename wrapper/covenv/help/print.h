// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace covenv {

/// Writes to standard output. Throws std::runtime_error if the text does not get there.
void print(const std::string& text);

}  // namespace covenv
