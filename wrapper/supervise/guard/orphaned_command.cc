// SPDX-License-Identifier: MIT
#include "wrapper/supervise/guard/orphaned_command.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "shim/core/duration.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/session/recorder.h"
#include "wrapper/common/clock.h"
#include "wrapper/common/read_file.h"
#include "wrapper/supervise/processes/ask.h"
#include "wrapper/supervise/processes/run_apart.h"
#include "wrapper/supervise/processes/stat_numbers.h"
#include "wrapper/supervise/processes/traceable.h"

namespace covenv::supervise {
namespace {

constexpr std::int64_t kLongestDoubt = 10'000 * kMillisecond;

/// The lines of /proc/<pid>/status with the credentials whose change clears a parent-death signal.
std::string credentials_of(const std::string& pid) {
  const std::string text = read_file("/proc/" + pid + "/status", 4096).value_or("");
  std::string lines;
  for (const char* key : {"\nUid:", "\nGid:", "\nCapPrm:"}) {
    const std::size_t start = text.find(key);
    if (start == std::string::npos) return "";
    lines += text.substr(start, text.find('\n', start + 1) - start);
  }
  return lines;
}

/// True if the kernel sends the parent-death signal to the command: it does not if the command has
/// changed its credentials, nor if an exec has ended the thread that had asked for the signal
/// (may_lack_first_thread()).
bool gets_parent_death_signal(pid_t command) {
  const std::string credentials = credentials_of(std::to_string(command));
  return !credentials.empty() && credentials == credentials_of("self");
}

std::uint64_t minor_faults(const std::string& folder) {
  constexpr int kMinorFaults = 10;
  return StatNumbers(read_file(folder + "/stat").value_or("")).at(kMinorFaults);
}

std::uint64_t minor_faults_of_threads(const std::string& process) {
  std::uint64_t sum = 0;
  DIR* const threads = opendir((process + "/task").c_str());
  if (threads == nullptr) return sum;
  while (const dirent* const entry = readdir(threads)) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name.front() != '.') sum += minor_faults(process + "/task/" + std::string(name));
  }
  closedir(threads);
  return sum;
}

/// True if the command's first thread may have ended: an exec by another thread, as in Go programs,
/// ends the first thread, and the kernel drops its parent-death signal. A process's page faults
/// include those of its ended threads, and every first thread has some, so the sum over the live
/// threads is smaller. Any other ended thread looks the same.
bool may_lack_first_thread(pid_t command) {
  constexpr int kAttempts = 10;  // because the command may run meanwhile
  const std::string process = "/proc/" + std::to_string(command);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t before = minor_faults(process);
    const std::uint64_t of_threads = minor_faults_of_threads(process);
    if (before != 0 && before == of_threads) return false;
    if (before == minor_faults(process)) return true;
  }
  return true;
}

/// For more pidfds than the usual limit of 1024. The guard runs no other program, so no program
/// sees the higher limit.
void raise_descriptor_limit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void OrphanedCommand::end(pid_t wrapper) {
  raise_descriptor_limit();
  // Before anything else: processes of the command in other sessions are out of sight once the
  // command has ended.
  if (!has_exited(command_.pidfd)) collect_in({.root = command_.pid}, false);
  // Soon, because the command may end threads when it gets the signal.
  const bool in_doubt = !is_traced_ && may_lack_first_thread(command_.pid);
  await_end_of(wrapper);
  if (is_traced_) {
    begin_trace();
    ask_command();
  }
  collect();
  ask_first(in_doubt);
  Escalation& escalation = progress_.escalation;
  for (;;) {
    drop_ended();
    if (held_.empty()) collect();
    if (held_.empty()) return;
    wait(std::min(escalation.next(), progress_.doubt_ends));
    if (is_over(progress_.doubt_ends)) end_doubt();
    collect();
    for (Escalation::Due due = escalation.take(now()); due.step != Escalation::Step::kNothing;
         due = escalation.take(now())) {
      if (due.step == Escalation::Step::kKill) return kill_all();
      run_apart([&] {
        successor_.note(progress_);
        if (due.step == Escalation::Step::kNextRung) send_to_all(due.signal);
      });
    }
  }
}

// After the wrapper's end, because a process has one tracer.
void OrphanedCommand::begin_trace() {
  if (has_leak_sanitizer(command_.pid)) return;
  sigset_t child = {};
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  signal(SIGCHLD, SIG_DFL);  // because an ignored one tells no stop
  signals_ = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ >= 0 && trace_.begin(command_.pid) == 0) trace_.serve();
}

// Before the others are collected, because a process that the command forks afterwards would get no
// signal.
void OrphanedCommand::ask_command() {
  const int signal = progress_.escalation.ladder().first();
  if (progress_.escalation.has_sent(signal)) return;
  for (HeldProcess& held : held_) {
    if (held.pid != command_.pid) continue;
    if (held.is_asked) return;
    held.is_asked = true;
    run_apart([&] {
      successor_.watch(held.pid, held.pidfd, true);
      send(held, signal);
    });
  }
}

// The kernel closes the sockets of a process first, and sends the signals for its end afterwards,
// together with the new parent. Until then the command goes on to fork, and a process that is
// forked after ask_first() gets no signal.
void OrphanedCommand::await_end_of(pid_t wrapper) const {
  constexpr std::int64_t kLookAgain = kMillisecond / 5;
  constexpr std::int64_t kLongestEnd = 200 * kMillisecond;
  const std::int64_t give_up = deadline_after(kLongestEnd);
  ProcessStatus status;
  while (!has_exited(command_.pidfd) && read_status(kKernel, command_.pid, status) &&
         status.parent == wrapper && !is_over(give_up)) {
    const timespec pause = time_until(deadline_after(kLookAgain));
    nanosleep(&pause, nullptr);
  }
}

// One signal for each process. With a second signal, 47 of 100 Python handlers were entered again
// before they had returned, and a handler that saves coverage does not survive a second entry.
void OrphanedCommand::ask_first(bool in_doubt) {
  Escalation& escalation = progress_.escalation;
  const int signal = escalation.ladder().first();
  const bool group_asked = escalation.has_sent(signal);
  if (!group_asked) {
    escalation = Escalation(escalation.ladder());
    escalation.note_sent(signal);
  }
  const bool kernel_asks = !is_traced_ && gets_parent_death_signal(command_.pid);
  if (in_doubt && kernel_asks && !group_asked && escalation.ladder().count == 1) {
    // If the kernel has not sent it, half of the grace is left. With several rungs the next rung
    // reaches the command.
    progress_.doubt_ends = deadline_after(std::min(escalation.ladder().grace() / 2, kLongestDoubt));
  }
  if (!proc_is_usable() && !group_asked) send_to_group(signal);
  // A process that the successor takes for asked has to get the signal, also if this guard is
  // killed.
  run_apart([&] {
    for (const HeldProcess& held : held_) {
      if (held.under_other_wrapper) continue;
      const bool is_command = held.pid == command_.pid;
      const bool in_group = is_command || (group_ != 0 && getpgid(held.pid) == group_);
      const bool asked = held.is_asked || (in_group ? group_asked : progress_.rest_asked);
      if (!asked && !(is_command && kernel_asks)) {
        successor_.watch(held.pid, held.pidfd, true);
        send(held, signal);
      }
      wake(held);
    }
  });
  progress_.rest_asked = true;
  escalation.start(now());  // at last, because the last process that was asked has its grace too
  successor_.note(progress_);
}

void OrphanedCommand::end_doubt() {
  progress_.doubt_ends = kForever;
  run_apart([&] {
    successor_.note(progress_);
    send(command_, progress_.escalation.ladder().first());
  });
}

// Continues a stopped process, because it could not act on its signal. Others get no SIGCONT,
// because they may handle it.
void OrphanedCommand::wake(const HeldProcess& held) const {
  ProcessStatus status;
  const bool is_known = read_status(kKernel, held.pid, status);
  const bool is_stopped =
      status.state == 'T' || (held.pid == command_.pid && trace_.is_on() && trace_.is_stopped());
  if (!is_known || is_stopped) pidfd_send(held.pidfd, SIGCONT);
}

void OrphanedCommand::send(const HeldProcess& held, int signal) {
  Member member = {.pid = held.pid, .pidfd = held.pidfd, .group = 0, .status = {}};
  if (read_status(kKernel, held.pid, member.status)) {
    send_to(member, signal);
  } else {
    pidfd_send(held.pidfd, signal);
  }
}

// For a /proc that is not usable: Linux 6.9 and later reach a group by the pidfd of its leader.
void OrphanedCommand::send_to_group(int signal) const {
  constexpr unsigned kProcessGroup = 1U << 2;  // PIDFD_SIGNAL_PROCESS_GROUP
  if (group_ != 0) syscall(SYS_pidfd_send_signal, command_.pidfd, signal, nullptr, kProcessGroup);
}

void OrphanedCommand::send_to_all(int signal) {
  for (const HeldProcess& held : held_) {
    if (held.under_other_wrapper) continue;
    send(held, signal);
    wake(held);
  }
}

void OrphanedCommand::collect() {
  const std::vector<HeldProcess> known = held_;
  const bool command_lives = !has_exited(command_.pidfd);
  collect_in({.root = command_lives ? command_.pid : 0, .group = group_, .mark = &mark_}, false);
  for (const HeldProcess& held : known) {
    if (held.pid != command_.pid && !has_exited(held.pidfd))
      collect_in({.root = held.pid}, held.under_other_wrapper);
  }
}

void OrphanedCommand::collect_in(const Scope& scope, bool under_other_wrapper) {
  for_each_member(scope, [&](const Member& member) {
    const bool known = std::any_of(held_.begin(), held_.end(),
                                   [&](const HeldProcess& held) { return held.pid == member.pid; });
    const int pidfd = known ? -1 : fcntl(member.pidfd, F_DUPFD_CLOEXEC, 0);
    if (pidfd >= 0) {
      const bool is_others = under_other_wrapper || member.under_other_wrapper;
      held_.push_back({.pid = member.pid, .pidfd = pidfd, .under_other_wrapper = is_others});
      if (!is_others) successor_.watch(member.pid, pidfd, false);
    }
    return true;
  });
}

void OrphanedCommand::drop_ended() {
  const auto ended = [this](const HeldProcess& held) {
    if (!has_exited(held.pidfd)) return false;
    if (held.pidfd != command_.pidfd) close(held.pidfd);
    return true;
  };
  held_.erase(std::remove_if(held_.begin(), held_.end(), ended), held_.end());
}

void OrphanedCommand::wait(std::int64_t deadline) {
  std::vector<pollfd> watched;
  watched.reserve(held_.size() + 1);
  for (const HeldProcess& held : held_) {
    watched.push_back({.fd = held.pidfd, .events = POLLIN, .revents = 0});
  }
  if (signals_ >= 0) watched.push_back({.fd = signals_, .events = POLLIN, .revents = 0});
  timespec timeout = {};
  if (deadline != kForever) timeout = time_until(deadline);
  ppoll(watched.data(), watched.size(), deadline == kForever ? nullptr : &timeout, nullptr);
  signalfd_siginfo told = {};
  if (signals_ < 0 || read(signals_, &told, sizeof(told)) <= 0) return;
  trace_.serve_and_reap();
}

void OrphanedCommand::kill_all() {
  if (!proc_is_usable()) send_to_group(SIGKILL);
  const std::int64_t give_up = deadline_after(kVanishing);
  const Ladder& ladder = progress_.escalation.ladder();
  for (;;) {
    collect();
    for (HeldProcess& held : held_) {
      if (!held.is_told)
        record_killed(held.pid, EndingKind::kTerminateThenKill, ladder.first(), ladder.grace());
      held.is_told = true;
      Member member = {.pid = held.pid, .pidfd = held.pidfd, .group = 0, .status = {}};
      VictimLocks locks;
      if (read_status(kKernel, held.pid, member.status)) keep_counters(member, SIGKILL, locks);
      pidfd_send(held.pidfd, SIGKILL);
    }
    wait(deadline_after(kKillAgain));
    drop_ended();
    if (held_.empty()) collect();
    if (held_.empty() || is_over(give_up)) return;
  }
}

}  // namespace covenv::supervise
