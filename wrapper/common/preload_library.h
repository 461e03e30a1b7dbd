// SPDX-License-Identifier: MIT
// Where libcovenv.so is, and how a process gets it.
#pragma once

#include <string>
#include <vector>

namespace covenv {

/// Where the library may lie, best first: beside this program, then where it was built to be
/// installed.
std::vector<std::string> library_candidates();

/// The first candidate that is there, without links and dots; empty if there is none.
std::string find_library();

/// Adds the library to the LD_PRELOAD of this process's environment. False, and nothing is done, if
/// LD_PRELOAD cannot express the path, because blanks and colons separate its entries.
bool preload_in_children(const std::string& library);

/// Why the loader could not map the library (its file system may be mounted noexec); empty if it
/// can.
std::string why_not_mapped(const std::string& library);

struct Preloaded {
  std::string library;
  std::string problem;  ///< why the library is not preloaded, and what fixes that; empty: it is
};

/// Adds the library that is found to the LD_PRELOAD of this process's environment.
Preloaded preload_library();

/// True if this command, looked for along PATH, can load the library: ld.so of another architecture
/// would complain. True on any doubt.
bool command_can_load_it(const char* command);

}  // namespace covenv
