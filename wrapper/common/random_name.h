// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace covenv {

/// 32 hexadecimal digits that cannot be guessed. Throws std::system_error if the kernel has none.
std::string random_digits();

}  // namespace covenv
