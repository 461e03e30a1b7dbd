// SPDX-License-Identifier: MIT
#include "shim/kill/masked_status.h"
#include "shim/loader/libc.h"

using covenv::libc;
using covenv::report_as_killed;
using covenv::Waiting;

namespace {

/// The caller's status, or our own if the caller wants none: it says whether the child has ended.
class Status {
 public:
  explicit Status(int* wanted) : pointer_(wanted != nullptr ? wanted : &own_) {}
  int* get() { return pointer_; }

 private:
  int own_ = 0;
  int* pointer_;
};

}  // namespace

pid_t covenv_wait(int* status) {
  const Waiting waiting;
  Status known(status);
  return report_as_killed(libc().wait(known.get()), known.get());
}

pid_t covenv_waitpid(pid_t pid, int* status, int options) {
  const Waiting waiting;
  Status known(status);
  return report_as_killed(libc().waitpid(pid, known.get(), options), known.get());
}

pid_t covenv_wait3(int* status, int options, struct rusage* usage) {
  const Waiting waiting;
  Status known(status);
  return report_as_killed(libc().wait3(known.get(), options, usage), known.get());
}

pid_t covenv_wait4(pid_t pid, int* status, int options, struct rusage* usage) {
  const Waiting waiting;
  Status known(status);
  return report_as_killed(libc().wait4(pid, known.get(), options, usage), known.get());
}

int covenv_waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  const Waiting waiting;
  siginfo_t own = {};
  siginfo_t* const known = info != nullptr ? info : &own;
  const int result = libc().waitid(type, id, known, options);
  if (result == 0) report_as_killed(known, options);
  return result;
}
