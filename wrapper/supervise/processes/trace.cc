// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/trace.h"

#include <dirent.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "shim/native/keep_counters.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "wrapper/common/message.h"
#include "wrapper/common/read_file.h"
#include "wrapper/supervise/processes/stat_numbers.h"
#include "wrapper/supervise/processes/traceable.h"

namespace covenv::supervise {
namespace {

constexpr unsigned long kOptions = PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC;
/// New threads are traced from their start.
constexpr unsigned long kThreadOptions = kOptions | PTRACE_O_TRACECLONE;

/// Between two looks at what no signal tells.
constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 1'000'000};

long seize(pid_t tid, unsigned long options) { return ptrace(PTRACE_SEIZE, tid, 0UL, options); }

/// Fails if a SIGKILL has ended the stop meanwhile.
void go_on(pid_t tid, int signal = 0) {
  ptrace(PTRACE_CONT, tid, 0UL, static_cast<unsigned long>(signal));
}

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> threads;
  DIR* const folder = opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
  if (folder == nullptr) return threads;
  while (const dirent* const entry = readdir(folder)) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    pid_t tid = 0;
    std::from_chars(name.data(), name.data() + name.size(), tid);
    if (tid != 0) threads.push_back(tid);
  }
  closedir(folder);
  return threads;
}

pid_t tracer_of(pid_t pid, pid_t tid) {
  constexpr std::string_view kKey = "\nTracerPid:\t";
  const std::string text =
      read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/status")
          .value_or("");
  const std::size_t at = text.find(kKey);
  pid_t tracer = 0;
  if (at == std::string::npos) return tracer;
  std::from_chars(text.data() + at + kKey.size(), text.data() + text.size(), tracer);
  return tracer;
}

enum class Life { kDying, kRuns, kWaits };

// By a file that the kernel writes without the lock of exec: a thread in an exec holds that lock
// until the leading thread has ended, which we hold in its exit stop.
Life life_of(pid_t pid, pid_t tid) {
  constexpr int kFlags = 9;
  constexpr int kPending = 31;
  constexpr std::uint64_t kIsExiting = 4;  // PF_EXITING
  constexpr std::uint64_t kKill = std::uint64_t{1} << (SIGKILL - 1);
  const std::string stat =
      read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/stat")
          .value_or("");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) return Life::kDying;
  const char state = stat[name_end + 2];
  StatNumbers numbers(stat);
  const bool is_exiting = (numbers.at(kFlags) & kIsExiting) != 0;
  const bool is_killed = (numbers.at(kPending) & kKill) != 0;
  if (is_exiting || is_killed || state == 'Z' || state == 'X') return Life::kDying;
  return state == 'R' ? Life::kRuns : Life::kWaits;
}

/// Whether another thread than this one, which is in its exit stop, goes on. The end of the process
/// marks every other thread at once but the one that has asked for it, which runs until it is
/// marked itself: a thread that runs is looked at again.
bool another_lives(pid_t pid, pid_t ending) {
  constexpr int kLooks = 50;
  for (int look = 0; look < kLooks; ++look) {
    if (look != 0) nanosleep(&kPause, nullptr);
    bool any_runs = false;
    for (const pid_t tid : threads_of(pid)) {
      if (tid == ending) continue;
      const Life life = life_of(pid, tid);
      if (life == Life::kWaits) return true;
      any_runs = any_runs || life == Life::kRuns;
    }
    if (!any_runs) return false;
  }
  return true;
}

/// The next stop, or end if `ends` is WEXITED, of a thread or child; false if there is none.
bool take_event(int ends, siginfo_t& event) {
  event = {};
  return waitid(P_ALL, 0, &event, WSTOPPED | ends | WNOHANG | __WALL) == 0 && event.si_pid != 0;
}

}  // namespace

int Trace::begin(pid_t pid) {
  if (seize(pid, kOptions) != 0) return errno;
  pid_ = pid;
  return 0;
}

// Takes the stops of all children, and serves those of the traced process, because a child that is
// not traced goes on by itself.
void Trace::serve() {
  siginfo_t stop = {};
  while (is_on() && take_event(0, stop)) {
    if (stop.si_code == CLD_TRAPPED) meet(stop);
  }
}

void Trace::serve_and_reap() {
  siginfo_t event = {};
  while (take_event(WEXITED, event)) {
    if (event.si_code == CLD_TRAPPED && is_on()) meet(event);
  }
}

void Trace::meet(const siginfo_t& stop) {
  const pid_t tid = stop.si_pid;
  const int event = stop.si_status >> 8;
  const int signal = stop.si_status & 0xff;
  if (tid != pid_) threads_.insert(tid);
  if (event == 0) return go_on(tid, signal);
  if (event == PTRACE_EVENT_EXIT) return meet_end(tid);
  if (event == PTRACE_EVENT_EXEC) return meet_exec();
  const bool is_stop = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
  if (!is_stop) {
    // Otherwise a new thread, or the end of a stop.
    if (event == PTRACE_EVENT_STOP) is_stopped_ = false;
    return go_on(tid);
  }
  // Each traced thread tells the same stop.
  if (!is_stopped_ || threads_.empty()) stopped_by_ = signal;
  is_stopped_ = true;
  ptrace(PTRACE_LISTEN, tid, 0UL, 0UL);
}

// The end of one thread is not that of the process: the counters go on. No thread is seized while
// another one is held here, because a thread in an exec has the lock that seizing takes.
void Trace::meet_end(pid_t thread) {
  unsigned long status = 0;
  ptrace(PTRACE_GETEVENTMSG, thread, 0UL, &status);
  const int signal = static_cast<int>(status & 0x7f);
  const bool is_thread_alone = signal == 0 && another_lives(pid_, thread);
  if (!is_thread_alone) keep_counters_in_exit(pid_, signal);
  go_on(thread);
  if (is_thread_alone && thread == pid_) seize_threads();
}

// Until each living thread is traced. One that executes a program takes the leading one's number
// meanwhile, and is in no list in that moment; seizing it waits until it has the number.
void Trace::seize_threads() {
  constexpr int kLooks = 100;
  for (int look = 0; look < kLooks; ++look) {
    if (look != 0) nanosleep(&kPause, nullptr);
    bool is_complete = true;
    bool any_lives = false;
    for (const pid_t tid : threads_of(pid_)) {
      if (life_of(pid_, tid) == Life::kDying) continue;
      any_lives = true;
      if (seize(tid, kThreadOptions) == 0) {
        is_complete = false;  // because it may have made a thread before
        if (tid != pid_) threads_.insert(tid);
      } else if (tracer_of(pid_, tid) != getpid()) {
        is_complete = false;
      }
    }
    if (is_complete && any_lives) return;
  }
}

void Trace::meet_exec() {
  threads_.clear();
  is_stopped_ = false;
  if (has_leak_sanitizer(pid_)) {
    if (tell_ != nullptr) {
      tell_("--trace: the program of process " + std::to_string(pid_) +
            " has AddressSanitizer or LeakSanitizer, which fails if it is traced: it runs without");
    }
    let_go();
    return;
  }
  ptrace(PTRACE_SETOPTIONS, pid_, 0UL, kOptions);
  go_on(pid_);
}

void Trace::let_go() {
  ptrace(PTRACE_DETACH, pid_, 0UL, 0UL);
  pid_ = 0;
}

void Trace::serve_until_readable(int fd) {
  sigset_t child = {};
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  pollfd watched[] = {{.fd = fd, .events = POLLIN, .revents = 0},
                      {.fd = signals, .events = POLLIN, .revents = 0}};
  bool any_came = false;
  while (is_on() && signals >= 0 && poll(watched, 2, -1) >= 0 && watched[0].revents == 0) {
    signalfd_siginfo told = {};
    if (read(signals, &told, sizeof(told)) > 0) any_came = true;
    serve();
  }
  if (signals >= 0) close(signals);
  if (any_came) kill(getpid(), SIGCHLD);
}

void complain_of_trace(pid_t pid, int error) {
  ProcessStatus status;
  const std::string name = "process " + std::to_string(pid);
  if (read_status(kKernel, pid, status) && status.tracer != 0) {
    complain("--trace: " + name + " is traced by process " + std::to_string(status.tracer) +
             " already (gdb, strace -f): it runs without");
    return;
  }
  complain(
      "--trace: the kernel lets " + name + " not be traced: " + std::strerror(error) +
      ": allow ptrace (Yama's ptrace_scope, the container's seccomp profile); it runs without");
}

}  // namespace covenv::supervise
