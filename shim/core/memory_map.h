// SPDX-License-Identifier: MIT
// The text of /proc/<pid>/maps (proc_pid_maps(5)).
#pragma once

#include <cstdint>
#include <string_view>

namespace covenv {

/// A line: a range of addresses, and the file that is mapped there.
struct Mapping {
  std::uint64_t start = 0;
  std::uint64_t offset = 0;  ///< of `start`, in the file
  std::uint64_t inode = 0;   ///< 0 if there is no file
  bool is_executable = false;
  std::string_view path;  ///< as seen from our root, a part of the line; may end in " (deleted)"
};

/// False if the line is none of that file.
bool parse_mapping(std::string_view line, Mapping& mapping);

}  // namespace covenv
