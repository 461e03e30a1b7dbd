// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

namespace covenv {

/// Where libcovenv.so may be, the likeliest first: beside this binary (a build folder, a relocated
/// install), then the folder that it was configured to be installed to.
std::vector<std::filesystem::path> library_candidates();

}  // namespace covenv
