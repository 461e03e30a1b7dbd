// SPDX-License-Identifier: MIT
// Where libcovenv.so is, and how a process gets it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wrapper/common/library_link.h"

namespace covenv {

/// Where the library may lie, best first: beside this program, then where it was built to be
/// installed.
std::vector<std::string> library_candidates();

/// The first candidate that is there, without links and dots; empty if there is none.
std::string find_library();

/// Adds the library to the LD_PRELOAD of this process's environment, by a `link` if LD_PRELOAD
/// cannot express the path, unless a link to the library stands there already. False, and nothing
/// is done, if there can be no link.
bool preload_in_children(const std::string& library, std::unique_ptr<LibraryLink>& link);

/// Why the loader could not load the library, and what to do.
struct Obstacle {
  std::string why;
  std::string fix;
};

/// nullopt if the loader can load the library.
std::optional<Obstacle> obstacle_to_loading(const std::string& library);

struct Preloaded {
  std::string library;
  std::string problem;  ///< why the library is not preloaded, and what fixes that; empty: it is
  std::unique_ptr<LibraryLink> link = nullptr;  ///< by which the library is preloaded; or null

  /// The files of the link.
  std::vector<std::string> files() const {
    return link ? link->files() : std::vector<std::string>();
  }
};

/// How long a name of the library has to stay.
enum class Lifetime {
  kObject,   ///< as long as the returned object
  kForGood,  ///< no link serves
};

/// Adds the library that is found to the LD_PRELOAD of this process's environment.
Preloaded preload_library(Lifetime lifetime = Lifetime::kObject);

/// True if this command, looked for along PATH, can load the library: ld.so of another architecture
/// would complain. True on any doubt.
bool command_can_load_it(const char* command);

}  // namespace covenv
