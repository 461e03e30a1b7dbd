// SPDX-License-Identifier: MIT
// The name of a .gcda file, as the runtime makes it of the compiler's and the environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shim/counters/gcov_program.h"

namespace covenv {

/// The environment of the process at its end.
struct GcovEnvironment {
  void* context;
  /// The value of a variable. Nothing if the environment has none of that name.
  std::optional<std::string_view> (*find_variable)(void* context, std::string_view name);
  std::uint32_t pid;

  std::optional<std::string_view> find(std::string_view name) const {
    return find_variable(context, name);
  }
};

/// Writes the file's name by GCOV_PREFIX and GCOV_PREFIX_STRIP, and with gcc by %p and
/// %q{VARIABLE}, into `name`, without a NUL. Returns its length, or 0 if the name is longer than
/// the room. `compiled` is the program's read_name(). A relative name is one in the process's
/// current folder.
///
/// A runtime of gcc's that has a prefix for a relative name (-fprofile-dir=FOLDER) aborts, because
/// it frees a pointer that it has moved; here the prefix and the name get a slash between them.
std::size_t make_gcov_name(GcovMaker maker, std::span<const char> compiled,
                           const GcovEnvironment& environment, std::span<char> name);

}  // namespace covenv
