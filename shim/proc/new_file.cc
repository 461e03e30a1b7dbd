// SPDX-License-Identifier: MIT
#include "shim/proc/new_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {

bool may_have_size(std::size_t size) {
  rlimit64 limit = {};
  return raw_syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, to_register(&limit)) == 0 &&
         size <= limit.rlim_cur;
}

std::uint64_t pid_namespace() {
  struct stat status = {};
  const long result = raw_syscall(SYS_newfstatat, AT_FDCWD, to_register("/proc/self/ns/pid"),
                                  to_register(&status), 0);
  return result == 0 ? status.st_ino : 0;
}

std::uint64_t own_start_time() {
  ProcessStat stat;
  return read_stat(kKernel, own_pid(), stat) ? stat.start_time : 0;
}

}  // namespace covenv
