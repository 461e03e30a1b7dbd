// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

namespace covenv {

/// Makes an empty file beside `path`, to be filled and renamed to `path`: so that file appears
/// whole or not at all. `rights`: those of open(), from which the umask takes. The draft's name;
/// empty, and errno, if it cannot be made.
std::string make_draft(const std::string& path, mode_t rights);

}  // namespace covenv
