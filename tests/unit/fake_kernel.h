// SPDX-License-Identifier: MIT
// A Kernel over a simulated world of processes, with a clock that only moves during waits.
#pragma once

#include <linux/errno.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "shim/proc/kernel.h"

namespace covenv::testing {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kMillisecond = 1'000'000;

struct FakeProcess {
  std::uint64_t start_time = 1000;
  std::int64_t ends_after_ask = kNever;  ///< ns from SIGTERM or SIGINT to its end
  std::int64_t ends_at = kNever;
  std::int64_t reused_at = kNever;  ///< when /proc starts to show another process of this pid
  bool is_stopped = false;          ///< does not act before a SIGCONT
  bool stays_as_zombie = false;     ///< its parent does not reap it
  int threads = 1;
  /// The error of each signal to it except SIGCONT, which its whole session may send.
  int ask_error = 0;
  bool is_asked = false;

  void act(std::int64_t now) {
    if (!is_asked || is_stopped || ends_after_ask == kNever) return;
    ends_at = std::min(ends_at, now + ends_after_ask);
  }
};

struct Sent {
  std::int64_t when;
  pid_t pid;
  int signal;
  bool by_pidfd;
  std::uint64_t value = 0;

  bool operator==(const Sent&) const = default;
};

inline void PrintTo(const Sent& sent, std::ostream* out) {
  *out << "signal " << sent.signal << " to " << sent.pid
       << (sent.by_pidfd ? " by pidfd" : " by pid") << " at " << sent.when;
}

/// The simulated world. There is at most one at a time, because a Kernel has no context. Times are
/// in ns.
class FakeWorld {
 public:
  FakeWorld() { the_world = this; }
  ~FakeWorld() { the_world = nullptr; }
  FakeWorld(const FakeWorld&) = delete;
  FakeWorld& operator=(const FakeWorld&) = delete;

  std::map<pid_t, FakeProcess> processes;
  std::map<std::string, std::string> files;  ///< beside the stat files of `processes`
  std::string proc_self = "100";
  std::map<std::string, std::string> links;  ///< beside /proc/self
  std::vector<std::vector<std::string>> directory_pages;
  std::map<std::uint64_t, std::uint64_t> memory;  ///< words of other processes
  int pidfd_error = 0;                            ///< the error that pidfd_open gives
  int open_error = 0;  ///< the error that opening a file gives, from `open_fails_at` on
  std::int64_t open_fails_at = INT64_MAX;
  bool has_clock = true;
  int wait_error = 0;                     ///< the error that a wait gives
  std::vector<std::int64_t> signals;      ///< when a signal interrupts the caller
  std::function<void()> on_wait = [] {};  ///< called during each wait
  std::size_t largest_read = 1U << 20U;
  std::int64_t clock = 5'000'000'000;

  std::vector<Sent> sent;
  std::vector<std::string> calls;  ///< the order of pidfd_open and open_proc
  std::size_t waits = 0;
  std::size_t sleeps = 0;

  std::size_t open_descriptors() const { return descriptors_.size(); }

  static const Kernel& kernel() {
    static constexpr Kernel kFake = {.pidfd_open = pidfd_open,
                                     .wait_ended = wait_ended,
                                     .send_signal = send_signal,
                                     .kill = kill,
                                     .close = close,
                                     .now = now,
                                     .sleep = sleep,
                                     .open_proc = open_proc,
                                     .read = read,
                                     .read_directory = read_directory,
                                     .read_link = read_link,
                                     .read_memory = read_memory};
    return kFake;
  }

 private:
  struct Descriptor {
    pid_t pid = 0;  ///< of a pidfd
    std::uint64_t start_time = 0;
    std::string text;
    std::size_t position = 0;
  };

  static FakeWorld& world() { return *the_world; }

  bool has_ended(pid_t pid, std::uint64_t start_time) const {
    const auto found = processes.find(pid);
    return found == processes.end() || found->second.start_time != start_time ||
           found->second.ends_at <= clock;
  }

  bool exists(pid_t pid) const {
    const auto found = processes.find(pid);
    if (found == processes.end()) return false;
    return found->second.ends_at > clock || found->second.stays_as_zombie;
  }

  int deliver(pid_t pid, int signal, std::uint64_t value, bool by_pidfd) {
    const auto found = processes.find(pid);
    if (found == processes.end()) return -ESRCH;
    FakeProcess& process = found->second;
    if (process.ask_error != 0 && signal != SIGCONT) return process.ask_error;
    sent.push_back({clock, pid, signal, by_pidfd, value});
    if (signal == SIGCONT) process.is_stopped = false;
    if (signal == SIGTERM || signal == SIGINT || signal == SIGURG) process.is_asked = true;
    process.act(clock);
    return 0;
  }

  int add(Descriptor descriptor) {
    descriptors_[next_] = std::move(descriptor);
    return next_++;
  }

  /// Moves the clock to `target`, or to an earlier signal to the caller. True if a signal came.
  bool pass_time_until(std::int64_t target) {
    const auto next = std::find_if(signals.begin(), signals.end(),
                                   [&](std::int64_t when) { return when > clock; });
    const bool is_interrupted = next != signals.end() && *next < target;
    clock = is_interrupted ? *next : target;
    return is_interrupted;
  }

  static int pidfd_open(pid_t pid) {
    FakeWorld& self = world();
    self.calls.push_back("pidfd_open " + std::to_string(pid));
    if (self.pidfd_error != 0) return self.pidfd_error;
    const auto found = self.processes.find(pid);
    if (found == self.processes.end()) return -ESRCH;
    return self.add({.pid = pid, .start_time = found->second.start_time, .text = ""});
  }

  static int wait_ended(int pidfd, std::int64_t timeout_ns) {
    FakeWorld& self = world();
    ++self.waits;
    self.on_wait();
    if (self.wait_error != 0) return self.wait_error;
    const Descriptor& descriptor = self.descriptors_.at(pidfd);
    if (self.has_ended(descriptor.pid, descriptor.start_time)) return 1;
    const std::int64_t ends_at = self.processes.at(descriptor.pid).ends_at;
    const std::int64_t deadline = self.clock + std::min(timeout_ns, kNever - self.clock);
    if (self.pass_time_until(std::min(deadline, ends_at))) return -EINTR;
    return ends_at <= deadline ? 1 : 0;
  }

  static int send_signal(int pidfd, int signal, std::uint64_t value) {
    const Descriptor& descriptor = world().descriptors_.at(pidfd);
    const auto found = world().processes.find(descriptor.pid);
    if (found == world().processes.end() || found->second.start_time != descriptor.start_time) {
      return -ESRCH;
    }
    return world().deliver(descriptor.pid, signal, value, true);
  }

  static int kill(pid_t pid, int signal, std::uint64_t value) {
    if (signal == 0) return world().exists(pid) ? 0 : -ESRCH;
    return world().deliver(pid, signal, value, false);
  }

  static int close(int fd) { return world().descriptors_.erase(fd) == 1 ? 0 : -EBADF; }

  static std::int64_t now() { return world().has_clock ? world().clock : -ENOSYS; }

  static void sleep(std::int64_t nanoseconds) {
    ++world().sleeps;
    world().pass_time_until(world().clock + nanoseconds);
  }

  static int open_proc(const char* path) {
    FakeWorld& self = world();
    self.calls.push_back(std::string("open ") + path);
    if (self.clock >= self.open_fails_at) return self.open_error;
    const std::string name(path);
    if (name == "/proc" || name.ends_with("/task")) return self.add({.text = name});
    const auto file = self.files.find(path);
    if (file != self.files.end()) return self.add({.text = file->second});
    for (const auto& [pid, process] : self.processes) {
      if (path != "/proc/" + std::to_string(pid) + "/stat") continue;
      const bool is_over = process.ends_at <= self.clock;
      if (is_over && !process.stays_as_zombie) return -ENOENT;
      return self.add({.text = stat_text(pid, process, is_over ? 'Z' : 'S')});
    }
    return -ENOENT;
  }

  static std::string stat_text(pid_t pid, const FakeProcess& process, char state) {
    return std::to_string(pid) + " (a) b) " + state + " 1 " + std::to_string(pid) +
           " 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 " + std::to_string(process.threads) + " 0 " +
           std::to_string(process.start_time + (world().clock >= process.reused_at ? 1 : 0)) +
           " 0 0 0\n";
  }

  static long read(int fd, std::span<char> into) {
    Descriptor& descriptor = world().descriptors_.at(fd);
    const std::size_t left = descriptor.text.size() - descriptor.position;
    const std::size_t size = std::min({into.size(), left, world().largest_read});
    descriptor.text.copy(into.data(), size, descriptor.position);
    descriptor.position += size;
    return static_cast<long>(size);
  }

  /// Gives one page of `directory_pages` at each call, as linux_dirent64 records.
  static long read_directory(int fd, std::span<char> into) {
    constexpr std::size_t kNameOffset = 19;
    Descriptor& descriptor = world().descriptors_.at(fd);
    if (descriptor.position == world().directory_pages.size()) return 0;
    std::size_t at = 0;
    for (const std::string& name : world().directory_pages[descriptor.position++]) {
      const auto size = static_cast<std::uint16_t>((kNameOffset + name.size() + 1 + 7) / 8 * 8);
      if (at + size > into.size()) return -EINVAL;
      std::memset(&into[at], 0, size);
      std::memcpy(&into[at + 16], &size, sizeof(size));
      std::memcpy(&into[at + kNameOffset], name.c_str(), name.size() + 1);
      at += size;
    }
    return static_cast<long>(at);
  }

  static long read_memory(pid_t, std::uint64_t address, std::span<char> into) {
    const auto word = world().memory.find(address);
    if (word == world().memory.end()) return -EFAULT;
    std::memcpy(into.data(), &word->second, into.size());
    return static_cast<long>(into.size());
  }

  static long read_link(const char* path, std::span<char> into) {
    std::string target = std::string(path) == "/proc/self" ? world().proc_self : "";
    if (const auto link = world().links.find(path); link != world().links.end()) {
      target = link->second;
    }
    if (target.empty()) return -ENOENT;
    return static_cast<long>(target.copy(into.data(), into.size()));
  }

  static inline FakeWorld* the_world = nullptr;

  std::map<int, Descriptor> descriptors_;
  int next_ = 3;
};

}  // namespace covenv::testing
