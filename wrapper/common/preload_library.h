// SPDX-License-Identifier: MIT
// Where libcovenv.so is, and how a process gets it.
#pragma once

#include <string>
#include <vector>

namespace covenv {

/// Where it may lie, best first: beside this program, then where it was built to be installed.
std::vector<std::string> library_candidates();

/// The first of them that is there, without links and dots; empty where none is.
std::string find_library();

/// Adds it to the LD_PRELOAD of this process's environment. False, and nothing is done, where
/// LD_PRELOAD cannot express the path: blanks and colons separate its entries.
bool preload_in_children(const std::string& library);

/// Why the loader could not map it: its file system may be mounted noexec. Empty if it can.
std::string why_not_mapped(const std::string& library);

struct Preloaded {
  std::string library;
  std::string problem;  ///< why it is not, and what mends that; empty: it is
};

/// The library that is there, in the LD_PRELOAD of this process's environment.
Preloaded preload_library();

/// Whether this command, looked for along PATH, can load it: ld.so of another architecture would
/// complain. True on any doubt.
bool command_can_load_it(const char* command);

}  // namespace covenv
