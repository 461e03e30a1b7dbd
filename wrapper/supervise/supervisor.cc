// SPDX-License-Identifier: MIT
#include "wrapper/supervise/supervisor.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

#include "shim/core/duration.h"
#include "shim/core/ending.h"
#include "shim/session/recorder.h"
#include "wrapper/common/clock.h"
#include "wrapper/common/message.h"
#include "wrapper/common/preload_library.h"
#include "wrapper/supervise/child.h"
#include "wrapper/supervise/family.h"
#include "wrapper/supervise/guard/guard.h"
#include "wrapper/supervise/log.h"
#include "wrapper/supervise/pidfile.h"
#include "wrapper/supervise/processes/ask.h"
#include "wrapper/supervise/processes/mark.h"
#include "wrapper/supervise/processes/run_apart.h"
#include "wrapper/supervise/terminal.h"

namespace covenv::supervise {
namespace {

/// How often the wrapper looks for processes whose end is told by no signal.
constexpr std::int64_t kLookAgain = 10 * kMillisecond;

bool asks_to_end(int signal) {
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

/// True if the wrapper was started with the signal ignored (nohup, a background job of a shell):
/// then the signal must not start the grace period.
bool came_ignored(int signal) {
  struct sigaction inherited = {};
  return sigaction(signal, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
}

class Supervisor {
 public:
  Supervisor(const Request& request, const Log& log, const GuardLink& guard,
             const Terminal& terminal, const Child& child, Trace& trace, bool adopts, pid_t parent)
      : request_(request),
        log_(log),
        guard_(guard),
        terminal_(terminal),
        child_(child),
        trace_(trace),
        parent_(parent),
        family_(child, adopts),
        progress_(request.ladder) {}

  /// Returns when the command's process has exited.
  siginfo_t wait_for_exit();

  /// Ends the processes that the command has left, and reaps all.
  void end_rest();

  bool was_asked_to_end() const { return asked_from_outside_; }

  /// True if the command has died of a key, which the terminal sent to the command alone of our
  /// job.
  bool died_of_key(const siginfo_t& status) const;

 private:
  void forward(const siginfo_t& info);
  void send(int signal);
  void start_clock(int signal);
  void record_end(const siginfo_t& status) const;
  void take_steps();
  void ask_rest();
  void ask_left();
  /// Runs `steps`, which tell the guards and send signals, to their end.
  void with_guards(const std::function<void()>& steps) const;
  /// The signal that has stopped the command; 0: none has, or it does not matter.
  int take_stop() const;
  void follow_stop(int signal);
  void follow_parent();
  std::int64_t next_look() const;

  const Request& request_;
  const Log& log_;
  const GuardLink& guard_;
  const Terminal& terminal_;
  const Child child_;
  Trace& trace_;
  const pid_t parent_;
  Family family_;
  Progress progress_;
  bool command_exited_ = false;
  bool parent_ended_ = false;
  bool asked_from_outside_ = false;
  bool keeps_signal_ = false;  ///< the signal that started the clock is mapped to none
  int asked_with_ = 0;
  std::int64_t asked_at_ = 0;
  bool stop_forwarded_ = false;
  std::int64_t give_up_ = kForever;  ///< when the wait after SIGKILL ends
};

siginfo_t Supervisor::wait_for_exit() {
  follow_parent();
  for (;;) {
    const auto came = take_signal(next_look());
    take_steps();
    if (!came) continue;
    if (came->si_signo != SIGCHLD) {
      forward(*came);
      continue;
    }
    follow_parent();
    trace_.serve();
    siginfo_t status = {};
    if (family_.has_command_exited(trace_, status)) {
      record_end(status);
      log_.child_ended(status);
      return status;
    }
    if (!terminal_.exists() && !stop_forwarded_) continue;
    const int stopped_by = trace_.is_on() ? trace_.take_stop() : take_stop();
    if (stopped_by != 0) follow_stop(stopped_by);
  }
}

std::int64_t Supervisor::next_look() const {
  if (give_up_ != kForever) return deadline_after(kKillAgain);
  const std::int64_t step = progress_.escalation.next();
  if (!command_exited_ || family_.tells_its_end()) return step;
  return std::min(step, deadline_after(kLookAgain));
}

void Supervisor::forward(const siginfo_t& info) {
  const int came = info.si_signo;
  // A signal that the wrapper's own writes to stderr caused is not for the command.
  const bool may_be_a_write = came == SIGPIPE || came == SIGXFSZ;
  if (may_be_a_write && info.si_code == SI_USER && info.si_pid == getpid()) return;
  // With --foreground the terminal has sent the signal to the command as well, because the command
  // is in our group; but the kernel tells a hangup to the session's leader alone.
  const bool is_told_alone = came == SIGHUP && getsid(0) == getpid();
  if (request_.foreground && info.si_code == SI_KERNEL && !is_told_alone) return;
  // With --foreground only a shell has a group of its own.
  if (came == SIGCONT && terminal_.is_ours_to_give() && getpgid(child_.pid) == child_.pid) {
    terminal_.give_to(child_.pid);
  }
  const int sent = request_.map[came];
  log_.forwarded(info, sent, child_.pid);
  const bool ends = (asks_to_end(came) || asks_to_end(sent)) && !came_ignored(came);
  if (ends) start_clock(came);
  if (sent == 0) {
    keeps_signal_ = keeps_signal_ || (ends && came == asked_with_);
    guard_.note(progress_);
    return;
  }
  stop_forwarded_ = sent == SIGTSTP || sent == SIGTTIN || sent == SIGTTOU;
  // SIGSTOP for a session of its own: the kernel drops the others if no process in the session
  // could continue the command.
  send(stop_forwarded_ && request_.new_session ? SIGSTOP : sent);
  if (ends) send(SIGCONT);  // because a stopped process could not act on the signal
}

void Supervisor::send(int signal) {
  progress_.escalation.note_sent(signal);
  if (progress_.escalation.runs() && signal != SIGCONT) guard_.note(progress_);
  if (command_exited_) {
    family_.send_to_all(signal);
  } else {
    family_.send_to_group(signal);
  }
}

void Supervisor::start_clock(int signal) {
  if (progress_.escalation.runs()) return;
  asked_from_outside_ = true;
  asked_with_ = signal;
  asked_at_ = now();
  progress_.escalation.start(now());
  log_.clock_started(signal, request_.ladder.grace());
}

void Supervisor::record_end(const siginfo_t& status) const {
  if (asked_with_ != 0) {
    record_killed(child_.pid, EndingKind::kTerminateThenKill, asked_with_, now() - asked_at_,
                  give_up_ == kForever);
  }
  record_reaped(status);
}

void Supervisor::take_steps() {
  if (give_up_ != kForever) family_.send_to_all(SIGKILL);
  for (;;) {
    const Escalation::Due due = progress_.escalation.take(now());
    switch (due.step) {
      case Escalation::Step::kNothing:
        return;
      case Escalation::Step::kAskRest:
        ask_rest();
        break;
      case Escalation::Step::kNextRung:
        log_.stepped(due.signal);
        progress_.rest_asked = true;
        with_guards([&] {
          guard_.note(progress_);
          family_.send_to_all(due.signal);
          family_.send_to_all(SIGCONT);
        });
        break;
      case Escalation::Step::kKill:
        log_.grace_over();
        family_.send_to_all(SIGKILL);
        give_up_ = deadline_after(kVanishing);
        guard_.note(progress_);
        break;
    }
  }
}

// The processes outside of the command's group, if the command does not end them: they need a part
// of the grace too.
void Supervisor::ask_rest() {
  if (progress_.rest_asked) return;
  if (command_exited_) return ask_left();
  progress_.rest_asked = true;
  with_guards([&] {
    guard_.note(progress_);
    family_.send_to_rest(request_.ladder.first());
    family_.send_to_rest(SIGCONT);
  });
}

// Asks the processes that were not asked yet. A second signal would enter the handler of a process
// that is saving.
void Supervisor::ask_left() {
  const int signal = request_.ladder.first();
  const bool group_asked = progress_.escalation.has_sent(signal);
  const bool rest_asked = progress_.rest_asked;
  progress_.escalation.note_sent(signal);
  progress_.rest_asked = true;
  with_guards([&] {
    if (!proc_is_usable() && !(group_asked && rest_asked)) {
      guard_.note(progress_);
      family_.send_to_all(signal);
    }
    family_.for_each([&](const Member& member, bool in_group) {
      const bool is_asked = !member.under_other_wrapper && !(in_group ? group_asked : rest_asked);
      guard_.watch(member.pid, member.pidfd, is_asked);
      if (!is_asked) return;
      log_.leftover(member.pid, signal);
      send_to(member, signal);
      pidfd_send(member.pidfd, SIGCONT);
    });
  });
  // If the wrapper is dead by now, a process may be missing above, and the guard asks it.
  guard_.note(progress_);
}

// A process that gets the first of several signals may kill the wrapper at once. The guards could
// not tell who has got one. Without /proc one call signals the whole group, and only its parent can
// tell that the group's number is still in use.
void Supervisor::with_guards(const std::function<void()>& steps) const {
  if (guard_.exists() && proc_is_usable()) {
    run_apart(steps);
  } else {
    steps();
  }
}

void Supervisor::end_rest() {
  command_exited_ = true;
  family_.reap_command();
  if (family_.is_gone()) return;
  if (give_up_ == kForever) {
    // A user who maps the signal to none knows that its sender has sent it to all processes. Those
    // that it has missed are asked at half of the grace.
    if (!keeps_signal_ || request_.ladder.grace() == kForever) ask_left();
    progress_.escalation.start(now());
    guard_.note(progress_);
  }
  while (!family_.is_gone() && !is_over(give_up_)) {
    const auto came = take_signal(next_look());
    take_steps();
    if (came && came->si_signo != SIGCHLD) forward(*came);
  }
}

bool Supervisor::died_of_key(const siginfo_t& status) const {
  const int signal = status.si_status;
  return status.si_code != CLD_EXITED && (signal == SIGINT || signal == SIGQUIT) &&
         !request_.foreground && !progress_.escalation.has_sent(signal) &&
         terminal_.is_with(child_.pid);
}

// SIGCHLD may also tell the end of a thread of the parent, because the kernel counts threads.
void Supervisor::follow_parent() {
  if (!request_.with_parent || parent_ended_ || getppid() == parent_) return;
  parent_ended_ = true;
  log_.parent_ended();
  // A signal to our group that ended the parent has started the clock already.
  if (progress_.escalation.runs()) return;
  start_clock(request_.ladder.first());
  send(request_.ladder.first());
  send(SIGCONT);
}

int Supervisor::take_stop() const {
  siginfo_t status = {};
  const bool is_told =
      waitid(P_PID, static_cast<id_t>(child_.pid), &status, WSTOPPED | WNOHANG) == 0;
  return is_told && status.si_pid != 0 ? status.si_status : 0;
}

// Job control: stops the wrapper as the terminal would have stopped it with the command in one
// group, so that the shell sees a stopped job.
void Supervisor::follow_stop(int signal) {
  const bool wants_terminal = signal == SIGTTIN || signal == SIGTTOU;
  // A shell below suspends itself by SIGSTOP, and only the wrapper can tell the shell above.
  const bool suspends = signal == SIGSTOP && (stop_forwarded_ || terminal_.is_with(child_.pid));
  if (!wants_terminal && !suspends && signal != SIGTSTP) return;  // the terminal did not stop it
  if (wants_terminal && terminal_.is_ours() && !request_.foreground) {
    terminal_.give_to(child_.pid);
    family_.send_to_group(SIGCONT);
    return;
  }
  // Our whole group, as the terminal would have done, unless the stop was sent to the wrapper
  // alone. Never by SIGSTOP, because that stops an orphaned group too, which no shell continues.
  const int own_stop = wants_terminal ? signal : SIGTSTP;
  kill(stop_forwarded_ || request_.foreground ? getpid() : 0, own_stop);
  const bool stop_was_ours = stop_forwarded_ && request_.new_session;
  stop_forwarded_ = false;
  SignalMask::all()
      .without(own_stop)
      .install();  // the wrapper stops here, and goes on after SIGCONT
  SignalMask::all().install();
  // The kernel does not stop a process in an orphaned group, because no shell would continue it.
  // Then ^Z does nothing, as without a wrapper. A command that wants the terminal stays stopped,
  // because it would ask again at once; so does one stopped by SIGSTOP, unless the wrapper sent
  // that.
  const bool was_stopped = SignalMask::pending().contains(SIGCONT);
  if (!was_stopped && (signal == SIGTSTP || stop_was_ours)) family_.send_to_group(SIGCONT);
}

/// True if orphaned descendants become our children. Not if we have children already, from a shell
/// that has executed us: they are not the command's, and would be ended with it.
bool adopt_orphans(const Request& request) {
  if (getpid() == 1) return true;
  siginfo_t status = {};
  const bool has_children = waitid(P_ALL, 0, &status, WEXITED | WNOHANG | WNOWAIT) == 0;
  return request.subreaper && !has_children && prctl(PR_SET_CHILD_SUBREAPER, 1UL) == 0;
}

void follow_parents_end(const Request& request) {
  // SIGCHLD, because it only says when to look: other signals would be forwarded.
  if (request.with_parent) prctl(PR_SET_PDEATHSIG, SIGCHLD);
}

Preloaded preload(const Request& request) {
  if (!request.preload) return {};
  if (!command_can_load_it(request.command[0])) return {"", "the command cannot load the library"};
  return preload_library();
}

/// Without a `covenv run` above, no process makes data of journals: they would stay in /dev/shm,
/// and be lost with a container. So coverage has to write its data before the command ends.
void have_no_journals_left() {
  const bool is_gathered =
      std::getenv("COVENV_RUN") != nullptr || std::getenv("COVENV_SESSION") != nullptr;
  if (!is_gathered) setenv("COVENV_JOURNAL", "0", 0);
}

void say_ready(int fd, pid_t pid) {
  write_all(fd, std::to_string(pid) + "\n");
  close(fd);
}

}  // namespace

Ended run(const Request& request, SignalMask inherited, char** argv) {
  const pid_t parent = getppid();
  const bool child_signal_ignored = signal(SIGCHLD, SIG_DFL) == SIG_IGN;
  read_settings();
  const Log log(request.verbose, request.log);
  PidFile pidfile(request.pidfile);
  // Before orphans become our children, because the guards must not be among them.
  static std::string mark;  // static, because putenv() keeps a pointer to it
  mark = new_mark();
  Preloaded preloaded = preload(request);
  const bool preloads = !preloaded.library.empty() && preloaded.problem.empty();
  Cleanup cleanup = {.mark = mark, .files = preloaded.files()};
  cleanup.files.insert(cleanup.files.end(), request.removed_if_killed.begin(),
                       request.removed_if_killed.end());
  const GuardLink guard =
      request.guard ? start_guards(request.ladder, cleanup, argv) : GuardLink::none();
  if (guard.exists()) putenv(mark.data());
  const bool adopts = adopt_orphans(request);
  follow_parents_end(request);
  if (preloads) have_no_journals_left();
  const Terminal terminal;
  Trace trace(complain);
  const Child child =
      start_child(request, {.mask = inherited, .child_signal_ignored = child_signal_ignored}, guard,
                  terminal, trace);
  log.started(child.pid, request.ladder.grace(), preloads ? preloaded.library : "",
              preloaded.problem);
  if (request.started) request.started(child.pid);
  std::optional<int> error;
  if (request.pidfile != nullptr || request.ready_fd >= 0) {
    trace.serve_until_readable(child.exec_error_fd);
    error = exec_error(child);
  }
  if (error == 0) {
    pidfile.write(child.pid);
    if (request.ready_fd >= 0) say_ready(request.ready_fd, child.pid);
  }
  Supervisor supervisor(request, log, guard, terminal, child, trace, adopts, parent);
  Ended ended;
  ended.status = supervisor.wait_for_exit();
  const bool died_of_key = supervisor.died_of_key(ended.status);
  if (request.ends_rest) supervisor.end_rest();
  // The signal of the key, for the rest of a pipeline and a script around it.
  if (died_of_key) kill(0, ended.status.si_status);
  terminal.take_back_from(child.pid);
  guard.dismiss();
  // So that the time of the command counts for our parent. After all that signals, because the
  // zombie keeps the numbers of the command and its group.
  waitid(P_PID, static_cast<id_t>(child.pid), nullptr, WEXITED | WNOHANG);
  pidfile.remove();
  preloaded.link.reset();
  ended.exec_error = error ? *error : exec_error(child);
  ended.was_asked = supervisor.was_asked_to_end();
  return ended;
}

void end_like(const Ended& ended, const Request& request) {
  if (ended.exec_error != 0) report_exec_error(request.command[0], ended.exec_error);
  const bool report_kill = request.status == Request::Status::kKill && ended.was_asked;
  if (!report_kill && ended.status.si_code == CLD_EXITED) _exit(ended.status.si_status);
  const int signal = report_kill ? SIGKILL : ended.status.si_status;
  if (getpid() != 1) die_by_signal(signal);
  _exit(128 + signal);
}

}  // namespace covenv::supervise
