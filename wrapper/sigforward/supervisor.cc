// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/supervisor.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "shim/core/duration.h"
#include "wrapper/sigforward/child.h"
#include "wrapper/sigforward/clock.h"
#include "wrapper/sigforward/guard.h"
#include "wrapper/sigforward/log.h"
#include "wrapper/sigforward/message.h"
#include "wrapper/sigforward/process_group.h"
#include "wrapper/sigforward/terminal.h"

namespace covenv::sigforward {
namespace {

// How long what SIGKILL was sent to may take to vanish: a process in an uninterruptible wait, or
// one that we may not signal, must not hold the wrapper for ever.
constexpr std::int64_t kVanishing = 1'000'000'000;

bool starts_grace(int signo) {
  if (signo != SIGTERM && signo != SIGINT && signo != SIGHUP && signo != SIGQUIT) return false;
  // Whoever started us with it ignored (nohup, a shell's background job) wants it to end nothing.
  struct sigaction inherited = {};
  sigaction(signo, nullptr, &inherited);
  return inherited.sa_handler != SIG_IGN;
}

class Supervisor {
 public:
  Supervisor(const Options& options, const Terminal& terminal, const Child& child)
      : grace_(options.grace),
        log_(options.verbose),
        terminal_(terminal),
        child_(child),
        group_(child.pid, -1, ProcessGroup::Leader::kReapedByUs) {
    log_.started(child.pid, grace_);
  }

  // Until the command's process has exited; it is left as a zombie, which holds the group's number.
  siginfo_t wait_for_exit();

  // Ends what is left of its group, and reaps it.
  void end_leftovers();

 private:
  void forward(const siginfo_t& signal);
  void start_clock(int signo);
  void kill_group();
  void wait_for_leftovers();
  bool reap_until_child_exited();
  void follow_stop();

  const std::int64_t grace_;
  const Log log_;
  const Terminal& terminal_;
  const Child child_;
  ProcessGroup group_;
  siginfo_t exit_ = {};
  bool clock_runs_ = false;
  bool term_sent_ = false;
  bool killed_ = false;
  std::int64_t deadline_ = kForever;  // of the grace period; kForever before it and after SIGKILL
};

siginfo_t Supervisor::wait_for_exit() {
  for (;;) {
    const auto signal = take_signal(deadline_);
    if (is_over(deadline_)) kill_group();
    if (!signal) continue;
    if (signal->si_signo != SIGCHLD) {
      forward(*signal);
    } else if (reap_until_child_exited()) {
      log_.child_ended(exit_);
      return exit_;
    } else if (terminal_.exists()) {
      follow_stop();
    }
  }
}

void Supervisor::forward(const siginfo_t& signal) {
  const int signo = signal.si_signo;
  // What our own writes to stderr caused is not for the command.
  const bool may_be_a_write = signo == SIGPIPE || signo == SIGXFSZ;
  if (may_be_a_write && signal.si_code == SI_USER && signal.si_pid == getpid()) return;
  if (signo == SIGCONT && terminal_.is_ours_to_give()) terminal_.give_to(child_.pid);
  group_.send(signo);
  log_.forwarded(signal, group_.id());
  if (signo == SIGTERM) {
    term_sent_ = true;
    group_.send(SIGCONT);  // one that is stopped could not act on it
  }
  if (starts_grace(signo)) start_clock(signo);
}

void Supervisor::start_clock(int signo) {
  if (clock_runs_) return;
  clock_runs_ = true;
  deadline_ = deadline_after(grace_);
  log_.clock_started(signo, grace_);
}

void Supervisor::kill_group() {
  log_.grace_over(group_.id());
  group_.send(SIGKILL);
  killed_ = true;
  deadline_ = kForever;
}

// Also reaps whatever else is our child: orphans if we are PID 1, and what exec left to us.
bool Supervisor::reap_until_child_exited() {
  for (;;) {
    siginfo_t status = {};
    if (waitid(P_ALL, 0, &status, WEXITED | WNOHANG | WNOWAIT) != 0 || status.si_pid == 0) {
      return false;
    }
    if (status.si_pid == child_.pid) {
      exit_ = status;
      return true;
    }
    waitid(P_PID, static_cast<id_t>(status.si_pid), nullptr, WEXITED | WNOHANG);
  }
}

// Job control. Had the command stayed in our group, the terminal would have stopped us with it, and
// the shell would see a stopped job.
void Supervisor::follow_stop() {
  siginfo_t status = {};
  if (waitid(P_PID, static_cast<id_t>(child_.pid), &status, WSTOPPED | WNOHANG) != 0) return;
  if (status.si_pid == 0) return;
  const int signo = status.si_status;
  const bool wants_terminal = signo == SIGTTIN || signo == SIGTTOU;
  if (!wants_terminal && signo != SIGTSTP) return;  // not the terminal's doing
  if (wants_terminal && terminal_.is_ours()) {
    terminal_.give_to(child_.pid);
    group_.send(SIGCONT);
    return;
  }
  kill(0, signo);
  SignalMask::all().without(signo).install();  // here we stop, and go on after SIGCONT
  SignalMask::all().install();
  // In an orphaned process group the kernel does not stop us, as nobody would wake us. Then ^Z does
  // nothing, as without us; what wants the terminal stays stopped, or it would ask again at once.
  const bool was_stopped = SignalMask::pending().contains(SIGCONT);
  if (!was_stopped && !wants_terminal) group_.send(SIGCONT);
}

void Supervisor::end_leftovers() {
  group_ = ProcessGroup(child_.pid, pidfd_open(child_.pid), ProcessGroup::Leader::kReapedByUs);
  const auto reap = [this] { waitid(P_PID, static_cast<id_t>(child_.pid), nullptr, WEXITED); };
  // Without our zombie in it an empty group shows at once. Older kernels need the zombie to the
  // end, and a look through /proc.
  const bool reaped = group_.outlives_leader();
  if (reaped) reap();

  // Members that got SIGTERM already get no second one: it would hit the handler of one that is
  // saving.
  const bool has_members = group_.send(term_sent_ ? 0 : SIGTERM) || errno != ESRCH;
  if (has_members && !group_.wait_until_empty(0, -1)) {
    if (!term_sent_) group_.send(SIGCONT);
    if (!clock_runs_) deadline_ = deadline_after(grace_);
    if (killed_) deadline_ = deadline_after(kVanishing);
    log_.leftovers(group_.id(), deadline_);
    wait_for_leftovers();
  }
  if (!reaped) reap();
}

void Supervisor::wait_for_leftovers() {
  clock_runs_ = true;
  const int signals = SignalMask::all().without(SIGCHLD).open_fd();
  while (!group_.wait_until_empty(deadline_, signals)) {
    const auto signal = take_signal(0);
    if (signal && signal->si_signo != SIGCHLD) forward(*signal);
    if (is_over(deadline_)) {
      if (killed_) return;
      kill_group();
      deadline_ = deadline_after(kVanishing);
    }
  }
}

[[noreturn]] void report_exec_error(const char* command, int error) {
  const std::string name = "'" + std::string(command) + "'";
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

[[noreturn]] void end_like(const siginfo_t& status) {
  if (status.si_code == CLD_EXITED) _exit(status.si_status);
  if (getpid() != 1) die_by_signal(status.si_status);
  _exit(128 + status.si_status);
}

}  // namespace

void supervise(const Options& options, SignalMask inherited, char** argv) {
  const bool child_signal_ignored = signal(SIGCHLD, SIG_DFL) == SIG_IGN;
  const Guard guard = Guard::start(options.grace, argv);
  const Terminal terminal;
  const Child child = start_child(options.command,
                                  {.mask = inherited, .child_signal_ignored = child_signal_ignored},
                                  guard, terminal);
  Supervisor supervisor(options, terminal, child);
  const siginfo_t status = supervisor.wait_for_exit();
  supervisor.end_leftovers();
  terminal.take_back_from(child.pid);
  guard.dismiss();
  if (const int error = exec_error(child)) report_exec_error(options.command[0], error);
  end_like(status);
}

}  // namespace covenv::sigforward
