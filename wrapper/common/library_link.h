// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace covenv {

/// A second name of a library whose path LD_PRELOAD cannot express: a symbolic link in a folder of
/// its own, below /dev/shm, $XDG_RUNTIME_DIR or /tmp. The folder's name cannot be guessed, and only
/// this user can write to the folder; other users may go through it, because a program of the suite
/// may change its user. Removed with this object. A folder whose maker was killed is removed by the
/// next object of the same user.
class LibraryLink {
 public:
  explicit LibraryLink(const std::string& library);
  LibraryLink(const LibraryLink&) = delete;
  LibraryLink& operator=(const LibraryLink&) = delete;
  ~LibraryLink();

  /// Empty if no place can hold the link.
  const std::string& path() const { return path_; }

  /// What is there, in the order in which it can be removed.
  std::vector<std::string> files() const;

 private:
  bool make_in(const std::string& place, const std::string& library);

  std::string folder_;
  std::string path_;
  int lock_ = -1;  ///< the folder, locked, which tells that its maker lives
};

}  // namespace covenv
