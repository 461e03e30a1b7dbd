// SPDX-License-Identifier: MIT
#include "wrapper/supervise/pidfile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "wrapper/common/draft_file.h"
#include "wrapper/common/exit_codes.h"
#include "wrapper/common/message.h"

namespace covenv::supervise {
namespace {

[[noreturn]] void fail(const std::string& path) {
  complain("cannot write the pidfile '" + path + "': " + std::strerror(errno) +
           ": name a file in a folder that exists and is writable");
  _exit(kExitFailure);
}

}  // namespace

PidFile::PidFile(const char* path) {
  if (path == nullptr) return;
  path_ = path;
  struct stat found = {};
  if (stat(path, &found) == 0 && !S_ISREG(found.st_mode)) {
    errno = S_ISDIR(found.st_mode) ? EISDIR : EEXIST;
    fail(path_);
  }
  draft_ = make_draft(path_, 0666);
  if (draft_.empty()) fail(path_);
}

void PidFile::write(pid_t pid) {
  if (draft_.empty()) return;
  text_ = std::to_string(pid) + "\n";
  const int fd = open(draft_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  const bool written = fd >= 0 && write_all(fd, text_);
  if (fd >= 0) close(fd);
  // No exit here, because the command runs already.
  if (!written || rename(draft_.c_str(), path_.c_str()) != 0) {
    complain("cannot write the pidfile '" + path_ + "': " + std::strerror(errno));
    text_.clear();
    return;
  }
  draft_.clear();
}

void PidFile::remove() const {
  if (!draft_.empty()) unlink(draft_.c_str());
  if (path_.empty() || text_.empty()) return;
  std::array<char, 32> found = {};
  const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return;
  const ssize_t size = read(fd, found.data(), found.size());
  close(fd);
  if (size == static_cast<ssize_t>(text_.size()) &&
      std::memcmp(found.data(), text_.data(), text_.size()) == 0) {
    unlink(path_.c_str());
  }
}

}  // namespace covenv::supervise
