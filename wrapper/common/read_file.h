// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace covenv {

/// What a file holds, at most its first `most` bytes; nullopt if it cannot be opened.
std::optional<std::string> read_file(const std::string& path, std::size_t most = std::string::npos);

}  // namespace covenv
