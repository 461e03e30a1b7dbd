// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace covenv {

/// Makes an empty file beside `path`, with the rights of any new file, to be filled and renamed to
/// `path`: so that file appears whole or not at all. The draft's name; empty, and errno, if it
/// cannot be made.
std::string make_draft(const std::string& path);

}  // namespace covenv
