// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "wrapper/sigforward/message.h"

namespace covenv::sigforward {
namespace {

[[noreturn]] void become(char** command, const Inherited& inherited, int error_fd) {
  if (inherited.child_signal_ignored) signal(SIGCHLD, SIG_IGN);
  inherited.mask.install();
  execvp(command[0], command);
  const int error = errno;
  const ssize_t written = write(error_fd, &error, sizeof(error));
  _exit(written == sizeof(error) ? kExitNotFound : kExitFailure);
}

}  // namespace

Child start_child(char** command, const Inherited& inherited, const Guard& guard,
                  const Terminal& terminal) {
  int error_pipe[2] = {-1, -1};
  if (pipe2(error_pipe, O_CLOEXEC) != 0) die_with_errno("make a pipe");
  const pid_t wrapper = getpid();
  const bool give_terminal = terminal.is_ours_to_give();
  const pid_t pid = fork();
  if (pid < 0) die_with_errno("start a process");
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // Died before the prctl: nobody will send anything. A parent outside our PID namespace is 0,
    // and the wrapper is inside.
    if (getppid() != wrapper) _exit(kExitFailure);
    guard.watch_this_process();
    if (give_terminal) terminal.give_to(getpid());
    become(command, inherited, error_pipe[1]);
  }
  setpgid(pid,
          pid);  // in both: whoever is first, a signal to the group finds it. EACCES after exec.
  close(error_pipe[1]);
  return {.pid = pid, .exec_error_fd = error_pipe[0]};
}

int exec_error(const Child& child) {
  int error = 0;
  return read(child.exec_error_fd, &error, sizeof(error)) == sizeof(error) ? error : 0;
}

}  // namespace covenv::sigforward
