// SPDX-License-Identifier: MIT
#include "wrapper/supervise/guard/aftermath.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "shim/core/duration.h"
#include "shim/kernel.h"
#include "shim/process.h"
#include "shim/recorder.h"
#include "wrapper/common/clock.h"
#include "wrapper/common/read_file.h"
#include "wrapper/supervise/processes/ask.h"
#include "wrapper/supervise/processes/stat_numbers.h"

namespace covenv::supervise {
namespace {

constexpr std::int64_t kLongestDoubt = 10'000 * kMillisecond;

// The lines of /proc/<pid>/status that the kernel looks at when it clears a parent-death signal.
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

// Whether the kernel asks the command because its parent has died: not where that has changed its
// credentials, nor where it may_lack_first_thread() and has executed itself.
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

// Whether the command's first thread may have ended: an exec by another thread, as Go's, ends it,
// and the parent-death signal is forgotten with it. The kernel counts the page faults of threads
// that have ended for their process only, and every first thread has some. A thread that has ended
// otherwise cannot be told from it.
bool may_lack_first_thread(pid_t command) {
  constexpr int kAttempts = 10;  // as it may run meanwhile
  const std::string process = "/proc/" + std::to_string(command);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t before = minor_faults(process);
    const std::uint64_t of_threads = minor_faults_of_threads(process);
    if (before != 0 && before == of_threads) return false;
    if (before == minor_faults(process)) return true;
  }
  return true;
}

// More pidfds than the usual 1024: nobody else uses this process.
void raise_descriptor_limit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void Aftermath::bring_about() {
  // Before anything else: the kernel asks the command at this very moment, and what that leaves in
  // sessions of its own is out of sight once it has ended.
  if (!has_exited(command_.pidfd)) collect_in({.root = command_.pid}, false);
  // Soon after, because what the command does on being asked may end threads.
  const bool in_doubt = may_lack_first_thread(command_.pid);
  raise_descriptor_limit();
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
      if (due.step == Escalation::Step::kNextRung) send_to_all(due.signo);
      successor_.note(progress_);
      if (due.step == Escalation::Step::kKill) return kill_all();
    }
  }
}

// One signal for each. With a second one for the command, 47 of 100 Python handlers were entered
// again before they had returned, and a handler that saves coverage does not survive that.
void Aftermath::ask_first(bool in_doubt) {
  Escalation& escalation = progress_.escalation;
  const int signo = escalation.ladder().first();
  const bool group_asked = escalation.has_sent(signo);
  if (!group_asked) {
    escalation = Escalation(escalation.ladder());
    escalation.note_sent(signo);
  }
  const bool kernel_asks = gets_parent_death_signal(command_.pid);
  if (in_doubt && kernel_asks && !group_asked && escalation.ladder().count == 1) {
    // Should the kernel not have done it, half of the grace is left. Of several rungs the next one
    // does.
    progress_.doubt_ends = deadline_after(std::min(escalation.ladder().grace() / 2, kLongestDoubt));
  }
  if (!proc_is_usable() && !group_asked) send_to_group(signo);
  for (const Held& held : held_) {
    if (held.in_other_care) continue;
    const bool is_command = held.pid == command_.pid;
    const bool in_group = is_command || (group_ != 0 && getpgid(held.pid) == group_);
    const bool asked = in_group ? group_asked : progress_.rest_asked;
    if (!asked && !(is_command && kernel_asks)) send(held, signo);
    wake(held);
  }
  progress_.rest_asked = true;
  escalation.start(now());  // not before the last of them was asked: it is his grace too
  successor_.note(progress_);
}

void Aftermath::end_doubt() {
  progress_.doubt_ends = kForever;
  send(command_, progress_.escalation.ladder().first());
  successor_.note(progress_);
}

// One that is stopped could not act on its signal. The others get no SIGCONT, because they may
// handle it.
void Aftermath::wake(const Held& held) {
  ProcessStatus status;
  const bool is_known = read_status(kKernel, held.pid, status);
  if (!is_known || status.state == 'T') pidfd_send(held.pidfd, SIGCONT);
}

void Aftermath::send(const Held& held, int signo) {
  Member member = {.pid = held.pid, .pidfd = held.pidfd, .group = 0, .status = {}};
  if (read_status(kKernel, held.pid, member.status)) {
    send_to(member, signo);
  } else {
    pidfd_send(held.pidfd, signo);
  }
}

// Where /proc tells nothing: Linux 6.9 and later reach a group by the pidfd of its leader.
void Aftermath::send_to_group(int signo) const {
  constexpr unsigned kProcessGroup = 1U << 2;  // PIDFD_SIGNAL_PROCESS_GROUP
  if (group_ != 0) syscall(SYS_pidfd_send_signal, command_.pidfd, signo, nullptr, kProcessGroup);
}

void Aftermath::send_to_all(int signo) {
  for (const Held& held : held_) {
    if (held.in_other_care) continue;
    send(held, signo);
    wake(held);
  }
}

void Aftermath::collect() {
  const std::vector<Held> known = held_;
  const bool command_lives = !has_exited(command_.pidfd);
  collect_in({.root = command_lives ? command_.pid : 0, .group = group_, .mark = &mark_}, false);
  for (const Held& held : known) {
    if (held.pid != command_.pid && !has_exited(held.pidfd))
      collect_in({.root = held.pid}, held.in_other_care);
  }
}

void Aftermath::collect_in(const Scope& scope, bool in_other_care) {
  for_each_member(scope, [&](const Member& member) {
    const bool known = std::any_of(held_.begin(), held_.end(),
                                   [&](const Held& held) { return held.pid == member.pid; });
    const int pidfd = known ? -1 : fcntl(member.pidfd, F_DUPFD_CLOEXEC, 0);
    if (pidfd >= 0) {
      const bool is_others = in_other_care || member.in_other_care;
      held_.push_back({.pid = member.pid, .pidfd = pidfd, .in_other_care = is_others});
      if (!is_others) successor_.watch(member.pid, pidfd);
    }
    return true;
  });
}

void Aftermath::drop_ended() {
  const auto ended = [this](const Held& held) {
    if (!has_exited(held.pidfd)) return false;
    if (held.pidfd != command_.pidfd) close(held.pidfd);
    return true;
  };
  held_.erase(std::remove_if(held_.begin(), held_.end(), ended), held_.end());
}

void Aftermath::wait(std::int64_t deadline) const {
  std::vector<pollfd> watched;
  watched.reserve(held_.size());
  for (const Held& held : held_) {
    watched.push_back({.fd = held.pidfd, .events = POLLIN, .revents = 0});
  }
  timespec timeout = {};
  if (deadline != kForever) timeout = time_until(deadline);
  ppoll(watched.data(), watched.size(), deadline == kForever ? nullptr : &timeout, nullptr);
}

void Aftermath::kill_all() {
  if (!proc_is_usable()) send_to_group(SIGKILL);
  const std::int64_t give_up = deadline_after(kVanishing);
  const Ladder& ladder = progress_.escalation.ladder();
  for (;;) {
    collect();
    for (Held& held : held_) {
      if (!held.is_told)
        record_ended(held.pid, {.kind = EndingKind::kTerminateThenKill}, ladder.first(),
                     ladder.grace(), false);
      held.is_told = true;
      pidfd_send(held.pidfd, SIGKILL);
    }
    wait(deadline_after(kKillAgain));
    drop_ended();
    if (held_.empty()) collect();
    if (held_.empty() || is_over(give_up)) return;
  }
}

}  // namespace covenv::supervise
