// SPDX-License-Identifier: MIT
// Which known word a mistyped one was meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace covenv {

/// The known word with the fewest letters to insert, delete, replace or swap with the next one; at
/// most a third of the longer word. Empty if none is as near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// "; did you mean 'run'?", or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace covenv
