// SPDX-License-Identifier: MIT
#include "wrapper/supervise/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "wrapper/common/exit_codes.h"
#include "wrapper/common/message.h"
#include "wrapper/supervise/processes/traceable.h"

namespace covenv::supervise {
namespace {

/// Of one wrapper alone: a sigforward below it must not find them.
constexpr const char* kOwnVariables[] = {"SIGFORWARD_PIDFILE", "SIGFORWARD_READY_FD"};

[[noreturn]] void become(char** command, const Inherited& inherited, int error_fd) {
  if (inherited.child_signal_ignored) signal(SIGCHLD, SIG_IGN);
  inherited.mask.install();
  execvp(command[0], command);
  const int error = errno;
  const ssize_t written = write(error_fd, &error, sizeof(error));
  _exit(written == sizeof(error) ? kExitNotFound : kExitFailure);
}

/// Holds the child until the wrapper has decided whether to trace it.
class Gate {
 public:
  explicit Gate(bool is_wanted) {
    if (is_wanted && pipe2(ends_, O_CLOEXEC) != 0) die_with_errno("make a pipe");
  }

  bool exists() const { return ends_[0] >= 0; }

  /// In the child: whether it is traced. False if the wrapper has died.
  bool pass() const {
    close(ends_[1]);
    char is_traced = 0;
    return read(ends_[0], &is_traced, 1) == 1 && is_traced != 0;
  }

  /// In the wrapper.
  void open(bool is_traced) const {
    const char word = is_traced ? 1 : 0;
    [[maybe_unused]] const ssize_t written = write(ends_[1], &word, 1);
    close(ends_[0]);
    close(ends_[1]);
  }

 private:
  int ends_[2] = {-1, -1};
};

bool begin_trace(const char* command, pid_t pid, Trace& trace) {
  if (loses_privileges(command)) {
    complain("--trace: '" + std::string(command) +
             "' gets privileges that a traced process does not get: it runs without");
    return false;
  }
  const int error = trace.begin(pid);
  if (error != 0) complain_of_trace(pid, error);
  return error == 0;
}

}  // namespace

Child start_child(const Request& request, const Inherited& inherited, const GuardLink& guard,
                  const Terminal& terminal, Trace& trace) {
  int error_pipe[2] = {-1, -1};
  if (pipe2(error_pipe, O_CLOEXEC) != 0) die_with_errno("make a pipe");
  const Gate gate(request.trace);
  const pid_t wrapper = getpid();
  const bool own_group = !request.foreground && !request.new_session;
  const bool give_terminal = own_group && terminal.is_ours_to_give();
  for (const char* const name : kOwnVariables) unsetenv(name);
  // vfork() holds the wrapper until the command runs, so ^Z in that moment would stop both for
  // ever; hence fork() with a terminal. A child behind the gate needs the wrapper to go on. What
  // the vfork child writes into our memory does no harm.
  // NOLINTBEGIN(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  const pid_t pid = terminal.exists() || gate.exists() ? fork() : vfork();
  if (pid < 0) die_with_errno("start a process");
  if (pid == 0) {
    if (request.new_session) setsid();
    if (own_group) setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, request.ladder.first());
    // The wrapper has died before the prctl(), so no signal will come. (A parent outside of our PID
    // namespace is 0, and the wrapper is inside.)
    if (getppid() != wrapper) _exit(kExitFailure);
    guard.watch_this_process(request.foreground ? 0 : getpid());
    if (give_terminal) terminal.give_to(getpid());
    if (gate.exists() && gate.pass() && guard.exists()) prctl(PR_SET_PDEATHSIG, 0);
    become(request.command, inherited, error_pipe[1]);
  }
  // NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  // In parent and child, because a signal to the group may come before either. EACCES after exec.
  if (own_group) setpgid(pid, pid);
  close(error_pipe[1]);
  if (gate.exists()) {
    const bool is_traced = begin_trace(request.command[0], pid, trace);
    if (is_traced) guard.note_trace();
    gate.open(is_traced);
  }
  return {.pid = pid, .group = request.foreground ? 0 : pid, .exec_error_fd = error_pipe[0]};
}

int exec_error(const Child& child) {
  int error = 0;
  return read(child.exec_error_fd, &error, sizeof(error)) == sizeof(error) ? error : 0;
}

void report_exec_error(const char* command, int error) {
  const std::string name = "'" + std::string(command) + "'";
  if (error == E2BIG) {
    complain("cannot execute " + name +
             ": its arguments and its environment, to which covenv adds variables, are too long: "
             "give fewer arguments, or a larger stack (ulimit -s), which sets the limit");
    _exit(kExitNotExecutable);
  }
  if (error != ENOENT) {
    complain("cannot execute " + name + ": " + std::strerror(error) +
             ": check its permissions (chmod +x) and what kind of file it is");
    _exit(kExitNotExecutable);
  }
  if (std::strchr(command, '/') == nullptr) {
    complain(name + " was not found: install it, or add its folder to PATH");
  } else if (access(command, F_OK) == 0) {
    complain(name +
             " exists, but what its #! line names, or its ELF loader, does not: install that");
  } else {
    complain(name + " does not exist: check the path and the working directory");
  }
  _exit(kExitNotFound);
}

}  // namespace covenv::supervise
