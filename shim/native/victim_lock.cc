// SPDX-License-Identifier: MIT
#include "shim/native/victim_lock.h"

#include <fcntl.h>
#include <linux/errno.h>

#include "shim/proc/kernel.h"
#include "shim/proc/path_writer.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

long set_lock(int file, short type) {
  struct flock whole = {};
  whole.l_type = type;
  return raw_syscall(SYS_fcntl, file, F_OFD_SETLK, to_register(&whole));
}

}  // namespace

VictimLocks::~VictimLocks() {
  for (std::size_t i = 0; i < count_; ++i) {
    // A child that another thread has forked meanwhile holds the lock, too, until this call.
    set_lock(files_[i], F_UNLCK);
    kKernel.close(files_[i]);
  }
}

// On a file of the process that its user may open for writing: /proc has one inode of each file as
// long as any process has the file open.
bool VictimLocks::add(pid_t pid, std::int64_t patience_ns) {
  constexpr std::int64_t kBetween = 1000000;
  if (count_ == kMost) return false;
  char text[64];
  PathWriter path(text);
  path.add("/proc/");
  path.add_number(static_cast<std::uint64_t>(pid));
  path.add("/coredump_filter");
  if (!path.finish()) return false;
  const int file =
      static_cast<int>(raw_syscall(SYS_openat, AT_FDCWD, to_register(text), O_RDWR | O_CLOEXEC));
  if (file < 0) return false;
  files_[count_++] = file;
  const Deadline deadline(kKernel, patience_ns);
  for (bool is_held = false;; is_held = true) {
    const long result = set_lock(file, F_WRLCK);
    if (result != -EAGAIN && result != -EACCES) return is_held;
    if (deadline.left() == 0) return true;
    kKernel.sleep(kBetween);
  }
}

}  // namespace covenv
