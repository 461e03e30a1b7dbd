// SPDX-License-Identifier: MIT
#include "wrapper/common/library_link.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>

#include "shim/core/preload.h"
#include "wrapper/common/random_name.h"

namespace covenv {
namespace {

constexpr const char* kFolderPrefix = "/.covenv-l-";
constexpr const char* kLinkName = "/libcovenv.so";

std::array<std::string, 3> places() {
  const char* const of_user = std::getenv("XDG_RUNTIME_DIR");
  return {"/dev/shm", of_user != nullptr ? of_user : "", "/tmp"};
}

/// True if no other user can rename or remove what this user makes there.
bool is_safe(const std::string& place) {
  struct stat status = {};
  if (place.empty() || place.front() != '/' || !fits_ld_preload(place)) return false;
  if (stat(place.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  const bool is_owned = status.st_uid == 0 || status.st_uid == geteuid();
  const bool is_open = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return is_owned && (!is_open || (status.st_mode & S_ISVTX) != 0);
}

bool is_same_file(const std::string& left, const std::string& right) {
  std::error_code error;
  return std::filesystem::equivalent(left, right, error);
}

int open_folder(const std::string& folder) {
  return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/// Links whose makers have ended. A folder without a link is just being made.
void remove_left(const std::string& place) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(place, error)) {
    const std::string folder = entry.path();
    if (!folder.starts_with(place + kFolderPrefix)) continue;
    struct stat status = {};
    const int lock = open_folder(folder);
    const bool is_ours = lock >= 0 && fstat(lock, &status) == 0 && status.st_uid == geteuid();
    if (is_ours && flock(lock, LOCK_EX | LOCK_NB) == 0 &&
        unlink((folder + kLinkName).c_str()) == 0) {
      rmdir(folder.c_str());
    }
    if (lock >= 0) close(lock);
  }
}

}  // namespace

LibraryLink::LibraryLink(const std::string& library) {
  for (const std::string& place : places()) {
    if (is_safe(place)) remove_left(place);
  }
  for (const std::string& place : places()) {
    if (is_safe(place) && make_in(place, library)) return;
  }
}

LibraryLink::~LibraryLink() {
  for (const std::string& file : files()) std::remove(file.c_str());
  if (lock_ >= 0) close(lock_);
}

std::vector<std::string> LibraryLink::files() const {
  if (path_.empty()) return {};
  return {path_, folder_};
}

bool LibraryLink::make_in(const std::string& place, const std::string& library) {
  try {
    folder_ = place + kFolderPrefix + random_digits();
  } catch (const std::exception&) {
    return false;
  }
  if (mkdir(folder_.c_str(), 0700) != 0) return false;
  path_ = folder_ + kLinkName;
  lock_ = open_folder(folder_);
  // Before the link is there, which tells others that the lock is held.
  if (lock_ >= 0 && flock(lock_, LOCK_EX | LOCK_NB) == 0 && fchmod(lock_, 0711) == 0 &&
      symlink(library.c_str(), path_.c_str()) == 0 && is_same_file(library, path_)) {
    return true;
  }
  unlink(path_.c_str());
  rmdir(folder_.c_str());
  if (lock_ >= 0) close(lock_);
  lock_ = -1;
  path_.clear();
  return false;
}

}  // namespace covenv
