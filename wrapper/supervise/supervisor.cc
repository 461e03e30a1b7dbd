// SPDX-License-Identifier: MIT
#include "wrapper/supervise/supervisor.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "shim/core/duration.h"
#include "shim/core/ending.h"
#include "shim/recorder.h"
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
#include "wrapper/supervise/terminal.h"

namespace covenv::supervise {
namespace {

// How often those are looked at whose end no signal tells.
constexpr std::int64_t kLookAgain = 10 * kMillisecond;

bool asks_to_end(int signo) {
  return signo == SIGTERM || signo == SIGINT || signo == SIGHUP || signo == SIGQUIT;
}

// Whoever started us with it ignored (nohup, a shell's background job) wants it to end nothing.
bool came_ignored(int signo) {
  struct sigaction inherited = {};
  return sigaction(signo, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
}

class Supervisor {
 public:
  Supervisor(const Request& request, const Log& log, const Guard& guard, const Terminal& terminal,
             const Child& child, bool adopts, pid_t parent)
      : request_(request),
        log_(log),
        guard_(guard),
        terminal_(terminal),
        child_(child),
        parent_(parent),
        family_(child, adopts),
        progress_(request.ladder) {}

  // Until the command's process has exited.
  siginfo_t wait_for_exit();

  // Ends what is left of it, and reaps all.
  void end_rest();

  [[nodiscard]] bool was_asked_to_end() const { return asked_from_outside_; }

  // Whether it has died of a key, which the terminal sent to it alone of our job.
  [[nodiscard]] bool died_of_key(const siginfo_t& status) const;

 private:
  void forward(const siginfo_t& signal);
  void send(int signo);
  void start_clock(int signo);
  void record_end(const siginfo_t& status) const;
  void take_steps();
  void ask_rest();
  void ask_left();
  void follow_stop();
  void follow_parent();
  [[nodiscard]] std::int64_t next_look() const;

  const Request& request_;
  const Log& log_;
  const Guard& guard_;
  const Terminal& terminal_;
  const Child child_;
  const pid_t parent_;
  Family family_;
  Progress progress_;
  bool command_exited_ = false;
  bool parent_ended_ = false;
  bool asked_from_outside_ = false;
  int asked_with_ = 0;
  std::int64_t asked_at_ = 0;
  bool stop_forwarded_ = false;
  std::int64_t give_up_ = kForever;  // after SIGKILL
};

siginfo_t Supervisor::wait_for_exit() {
  follow_parent();
  for (;;) {
    const auto signal = take_signal(next_look());
    take_steps();
    if (!signal) continue;
    if (signal->si_signo != SIGCHLD) {
      forward(*signal);
      continue;
    }
    follow_parent();
    siginfo_t status = {};
    if (family_.has_command_exited(status)) {
      record_end(status);
      log_.child_ended(status);
      return status;
    }
    if (terminal_.exists() || stop_forwarded_) follow_stop();
  }
}

std::int64_t Supervisor::next_look() const {
  if (give_up_ != kForever) return deadline_after(kKillAgain);
  const std::int64_t step = progress_.escalation.next();
  if (!command_exited_ || family_.tells_its_end()) return step;
  return std::min(step, deadline_after(kLookAgain));
}

void Supervisor::forward(const siginfo_t& signal) {
  const int came = signal.si_signo;
  // What our own writes to stderr caused is not for the command.
  const bool may_be_a_write = came == SIGPIPE || came == SIGXFSZ;
  if (may_be_a_write && signal.si_code == SI_USER && signal.si_pid == getpid()) return;
  // The terminal has sent it to the command as well, which is in our group; but of a hangup the
  // kernel tells the session's leader alone.
  const bool is_told_alone = came == SIGHUP && getsid(0) == getpid();
  if (request_.foreground && signal.si_code == SI_KERNEL && !is_told_alone) return;
  // With --foreground only a shell has a group of its own.
  if (came == SIGCONT && terminal_.is_ours_to_give() && getpgid(child_.pid) == child_.pid) {
    terminal_.give_to(child_.pid);
  }
  const int signo = request_.map[came];
  log_.forwarded(signal, signo, child_.pid);
  const bool ends = (asks_to_end(came) || asks_to_end(signo)) && !came_ignored(came);
  if (ends) start_clock(came);
  if (signo == 0) {
    guard_.note(progress_);
    return;
  }
  stop_forwarded_ = signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
  // The kernel drops the others where nobody in the session could continue it.
  send(stop_forwarded_ && request_.new_session ? SIGSTOP : signo);
  if (ends) send(SIGCONT);  // one that is stopped could not act on it
}

void Supervisor::send(int signo) {
  if (command_exited_) {
    family_.send_to_all(signo);
  } else {
    family_.send_to_group(signo);
  }
  progress_.escalation.note_sent(signo);
  if (progress_.escalation.runs() && signo != SIGCONT) guard_.note(progress_);
}

void Supervisor::start_clock(int signo) {
  if (progress_.escalation.runs()) return;
  asked_from_outside_ = true;
  asked_with_ = signo;
  asked_at_ = now();
  progress_.escalation.start(now());
  log_.clock_started(signo, request_.ladder.grace());
}

void Supervisor::record_end(const siginfo_t& status) const {
  if (asked_with_ != 0) {
    record_ended(child_.pid, {.kind = EndingKind::kTerminateThenKill}, asked_with_,
                 now() - asked_at_, give_up_ == kForever);
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
        log_.stepped(due.signo);
        family_.send_to_all(due.signo);
        family_.send_to_all(SIGCONT);
        progress_.rest_asked = true;
        break;
      case Escalation::Step::kKill:
        log_.grace_over();
        family_.send_to_all(SIGKILL);
        give_up_ = deadline_after(kVanishing);
        break;
    }
    guard_.note(progress_);
  }
}

// Those that the command does not end itself must have their time too.
void Supervisor::ask_rest() {
  if (progress_.rest_asked || command_exited_) return;
  progress_.rest_asked = true;
  family_.send_to_rest(request_.ladder.first());
  family_.send_to_rest(SIGCONT);
}

// Those that were asked already are not asked again: it would hit the handler of one that is
// saving.
void Supervisor::ask_left() {
  const int signo = request_.ladder.first();
  const bool group_asked = progress_.escalation.has_sent(signo);
  const bool rest_asked = progress_.rest_asked;
  progress_.escalation.note_sent(signo);
  progress_.rest_asked = true;
  if (!proc_is_usable() && !(group_asked && rest_asked)) family_.send_to_all(signo);
  family_.for_each([&](const Member& member, bool in_group) {
    guard_.watch(member.pid, member.pidfd);
    if (member.in_other_care || (in_group ? group_asked : rest_asked)) return;
    log_.leftover(member.pid, signo);
    send_to(member, signo);
    pidfd_send(member.pidfd, SIGCONT);
  });
}

void Supervisor::end_rest() {
  command_exited_ = true;
  family_.reap_command();
  if (family_.is_gone()) return;
  if (give_up_ == kForever) {
    ask_left();
    progress_.escalation.start(now());
    guard_.note(progress_);
  }
  while (!family_.is_gone() && !is_over(give_up_)) {
    const auto signal = take_signal(next_look());
    take_steps();
    if (signal && signal->si_signo != SIGCHLD) forward(*signal);
  }
}

bool Supervisor::died_of_key(const siginfo_t& status) const {
  const int signo = status.si_status;
  return status.si_code != CLD_EXITED && (signo == SIGINT || signo == SIGQUIT) &&
         !request_.foreground && !progress_.escalation.has_sent(signo) &&
         terminal_.is_with(child_.pid);
}

// A thread of the parent that ends tells it too, as the kernel counts threads.
void Supervisor::follow_parent() {
  if (!request_.with_parent || parent_ended_ || getppid() == parent_) return;
  parent_ended_ = true;
  log_.parent_ended();
  // Whoever has ended the parent by a signal for our group as well has ended the command.
  if (progress_.escalation.runs()) return;
  start_clock(request_.ladder.first());
  send(request_.ladder.first());
  send(SIGCONT);
}

// Job control. Had the command stayed in our group, the terminal would have stopped us with it, and
// the shell would see a stopped job.
void Supervisor::follow_stop() {
  siginfo_t status = {};
  if (waitid(P_PID, static_cast<id_t>(child_.pid), &status, WSTOPPED | WNOHANG) != 0) return;
  if (status.si_pid == 0) return;
  const int signo = status.si_status;
  const bool wants_terminal = signo == SIGTTIN || signo == SIGTTOU;
  // A shell in it suspends itself by SIGSTOP, and nobody but we can tell the one outside.
  const bool suspends = signo == SIGSTOP && (stop_forwarded_ || terminal_.is_with(child_.pid));
  if (!wants_terminal && !suspends && signo != SIGTSTP) return;  // not the terminal's doing
  if (wants_terminal && terminal_.is_ours() && !request_.foreground) {
    terminal_.give_to(child_.pid);
    family_.send_to_group(SIGCONT);
    return;
  }
  // The terminal would have stopped our whole group; whoever stops us alone means us.
  // Never by SIGSTOP, which would also stop us where nobody wakes us.
  const int own_stop = wants_terminal ? signo : SIGTSTP;
  kill(stop_forwarded_ || request_.foreground ? getpid() : 0, own_stop);
  const bool stop_was_ours = stop_forwarded_ && request_.new_session;
  stop_forwarded_ = false;
  SignalMask::all().without(own_stop).install();  // here we stop, and go on after SIGCONT
  SignalMask::all().install();
  // In an orphaned process group the kernel does not stop us, as nobody would wake us. Then ^Z does
  // nothing, as without us; what wants the terminal stays stopped, or it would ask again at once,
  // and so does what SIGSTOP has stopped, unless we sent it.
  const bool was_stopped = SignalMask::pending().contains(SIGCONT);
  if (!was_stopped && (signo == SIGTSTP || stop_was_ours)) family_.send_to_group(SIGCONT);
}

// Whether orphaned descendants are to come to us. Not where we have children from before, which a
// shell had before it executed us: they are none of the command's, and would be ended with it.
bool adopt_orphans(const Request& request) {
  if (getpid() == 1) return true;
  siginfo_t status = {};
  const bool has_children = waitid(P_ALL, 0, &status, WEXITED | WNOHANG | WNOWAIT) == 0;
  return request.subreaper && !has_children && prctl(PR_SET_CHILD_SUBREAPER, 1UL) == 0;
}

void follow_parents_end(const Request& request) {
  // Not by a signal that others send too: it only says when to look.
  if (request.with_parent) prctl(PR_SET_PDEATHSIG, SIGCHLD);
}

std::string preload(const Request& request) {
  if (!request.preload) return "";
  const std::string library = find_library();
  if (library.empty() || !command_can_load_it(request.command[0])) return "";
  return preload_in_children(library) ? library : "";
}

// What nobody above gathers would stay in /dev/shm, which a container takes with it, when the
// command is ended: there it has to write its data before it ends.
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
  // Before orphans come to us, the guard among them.
  static std::string mark;  // the environment's from now on
  mark = new_mark();
  const Guard guard = request.guard
                          ? Guard::start(request.ladder, {.mark = mark, .file = request.file}, argv)
                          : Guard::none();
  if (guard.runs()) putenv(mark.data());
  const bool adopts = adopt_orphans(request);
  follow_parents_end(request);
  const std::string library = preload(request);
  if (!library.empty()) have_no_journals_left();
  const Terminal terminal;
  const Child child = start_child(
      request, {.mask = inherited, .child_signal_ignored = child_signal_ignored}, guard, terminal);
  log.started(child.pid, request.ladder.grace(), library);
  if (request.started) request.started(child.pid);
  std::optional<int> error;
  if (request.pidfile != nullptr || request.ready_fd >= 0) error = exec_error(child);
  if (error == 0) {
    pidfile.write(child.pid);
    if (request.ready_fd >= 0) say_ready(request.ready_fd, child.pid);
  }
  Supervisor supervisor(request, log, guard, terminal, child, adopts, parent);
  Ended ended;
  ended.status = supervisor.wait_for_exit();
  const bool died_of_key = supervisor.died_of_key(ended.status);
  if (request.ends_rest) supervisor.end_rest();
  // The rest of a pipeline and a script around it wait for the same key.
  if (died_of_key) kill(0, ended.status.si_status);
  terminal.take_back_from(child.pid);
  guard.dismiss();
  pidfile.remove();
  ended.exec_error = error ? *error : exec_error(child);
  ended.was_asked = supervisor.was_asked_to_end();
  return ended;
}

void end_like(const Ended& ended, const Request& request) {
  if (ended.exec_error != 0) report_exec_error(request.command[0], ended.exec_error);
  const bool report_kill = request.status == Request::Status::kKill && ended.was_asked;
  if (!report_kill && ended.status.si_code == CLD_EXITED) _exit(ended.status.si_status);
  const int signo = report_kill ? SIGKILL : ended.status.si_status;
  if (getpid() != 1) die_by_signal(signo);
  _exit(128 + signo);
}

}  // namespace covenv::supervise
