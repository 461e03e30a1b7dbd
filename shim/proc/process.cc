// SPDX-License-Identifier: MIT
#include "shim/proc/process.h"

#include <string_view>

#include "shim/core/duration.h"
#include "shim/core/known_runtime.h"
#include "shim/core/wrapper_grace.h"
#include "shim/proc/folder_entries.h"
#include "shim/proc/proc_text.h"

namespace covenv {
namespace {

/// The base name of the program that a process runs; empty if that cannot be known.
class ExecutableName {
 public:
  ExecutableName(const Kernel& kernel, pid_t pid) {
    const long size =
        kernel.read_link(ProcPath("/proc/", pid, "/exe").c_str(), std::span<char>(target_));
    if (size <= 0) return;
    name_ = {target_, static_cast<std::size_t>(size)};
    name_.remove_prefix(name_.rfind('/') + 1);
  }
  ExecutableName(const ExecutableName&) = delete;
  ExecutableName& operator=(const ExecutableName&) = delete;

  std::string_view get() const { return name_; }

 private:
  char target_[512];
  std::string_view name_;
};

/// The pid that `text` starts with; 0 if there is none.
pid_t leading_number(std::string_view text) {
  constexpr pid_t kLargest = 1 << 22;  // PID_MAX_LIMIT of the kernel
  pid_t number = 0;
  for (const char byte : text) {
    if (byte < '0' || byte > '9') break;
    number = number * 10 + (byte - '0');
    if (number > kLargest) return 0;
  }
  return number;
}

/// Whether a thread is in a sigwait() for this signal. False if the system call cannot be read,
/// true if only the set of signals cannot be.
bool waits_for_signal(const Kernel& kernel, pid_t thread, int signal) {
  std::uint64_t address = 0;
  read_proc(kernel, {"/proc/", thread, "/syscall"}, [&](std::string_view text) {
    address = awaited_signals(text);
    return true;
  });
  if (address == 0) return false;
  char bytes[sizeof(std::uint64_t)];
  if (kernel.read_memory(thread, address, std::span<char>(bytes)) != sizeof(bytes)) return true;
  std::uint64_t set = 0;
  __builtin_memcpy(&set, bytes, sizeof(set));
  return (set >> static_cast<unsigned>(signal - 1) & 1U) != 0;
}

/// Calls visit(context, number) for each entry of a folder in /proc whose name is a pid.
void for_each_number(const Kernel& kernel, const ProcPath& path,
                     void (*visit)(void* context, pid_t number), void* context) {
  const int fd = kernel.open_proc(path.c_str());
  if (fd < 0) return;
  any_name_in(kernel, fd, [&](std::string_view name) {
    const pid_t number = leading_number(name);
    if (number != 0) visit(context, number);
    return false;
  });
  kernel.close(fd);
}

}  // namespace

bool proc_is_ours(const Kernel& kernel, pid_t own) {
  char target[20];
  const long size = kernel.read_link("/proc/self", std::span<char>(target));
  return size > 0 && leading_number({target, static_cast<std::size_t>(size)}) == own;
}

bool read_status(const Kernel& kernel, pid_t pid, ProcessStatus& status) {
  ProcessStatusParser parser;
  const bool complete = read_proc(kernel, {"/proc/", pid, "/status"}, [&](std::string_view piece) {
    parser.feed(piece);
    return parser.complete();
  });
  status = parser.status();
  return complete;
}

bool read_stat(const Kernel& kernel, pid_t pid, ProcessStat& stat) {
  return read_proc(kernel, {"/proc/", pid, "/stat"},
                   [&](std::string_view line) { return parse_process_stat(line, stat); });
}

bool keeps_signal(const Kernel& kernel, pid_t pid, int signal, const ProcessStatus& leader) {
  if (waits_for_signal(kernel, pid, signal)) return true;
  if (!leader.blocks(signal)) return false;
  struct Threads {
    const Kernel& kernel;
    pid_t leader;
    int signal;
    bool any_waits;
    bool any_takes;
  } threads = {kernel, pid, signal, false, false};
  for_each_number(
      kernel, {"/proc/", pid, "/task"},
      [](void* context, pid_t thread) {
        Threads& all = *static_cast<Threads*>(context);
        ProcessStatus status;
        if (thread == all.leader || !read_status(all.kernel, thread, status)) return;
        if (waits_for_signal(all.kernel, thread, all.signal)) all.any_waits = true;
        if (!status.blocks(all.signal)) all.any_takes = true;
      },
      &threads);
  return threads.any_waits || !threads.any_takes;
}

bool is_deadlocked(const Kernel& kernel, pid_t own, pid_t tid, int idle_threads) {
  ProcessStat stat;
  if (!proc_is_ours(kernel, own) || !read_stat(kernel, own, stat)) return false;
  return stat.threads == 1 + idle_threads &&
         read_proc(kernel, {"/proc/self/task/", tid, "/syscall"}, is_endless_futex_wait);
}

bool is_measuring_runtime(const Kernel& kernel, pid_t pid) {
  const ExecutableName name(kernel, pid);
  const std::string_view program = name.get();
  if (!is_known_runtime(program)) return false;
  const bool is_told_to = any_string(kernel, {"/proc/", pid, "/environ"}, [&](const char* entry) {
    return measures_by(program, entry);
  });
  if (!is_told_to || !shows_by_its_maps(program)) return is_told_to;
  return any_string(kernel, {"/proc/", pid, "/maps"}, is_of_measuring, '\n');
}

bool has_coverage_in_ruby(const Kernel& kernel, pid_t pid, const ProcessStatus& status) {
  return status.is_called_ruby &&
         any_string(kernel, {"/proc/", pid, "/maps"}, is_of_coverage_in_ruby, '\n');
}

bool is_sigforward(const Kernel& kernel, pid_t pid) {
  ProcessStatus status;
  return read_status(kernel, pid, status) && is_sigforward(kernel, pid, status);
}

bool is_sigforward(const Kernel& kernel, pid_t pid, const ProcessStatus& status) {
  if (!status.is_called_sigforward) return false;
  const ExecutableName name(kernel, pid);
  return name.get() == "sigforward" || name.get() == "sigforward (deleted)";
}

std::int64_t time_of_wrapper(const Kernel& kernel, pid_t pid) {
  constexpr std::int64_t kForItself = 1500000000;
  WrapperGrace grace;
  bool is_first = true;
  any_string(kernel, {"/proc/", pid, "/cmdline"}, [&](const char* argument) {
    if (!is_first) return !grace.take_argument(argument);
    is_first = false;
    return false;
  });
  any_string(kernel, {"/proc/", pid, "/environ"}, [&](const char* entry) {
    grace.take_variable(entry);
    return false;
  });
  return grace.grace() > kForever - kForItself ? 0 : grace.grace() + kForItself;
}

pid_t pid_of_pidfd(const Kernel& kernel, int pidfd) {
  if (pidfd < 0) return 0;
  pid_t pid = 0;
  // The file is short. "Pid:" is -1 if the process has ended, 0 if it is of another namespace.
  char text[512];
  std::size_t size = 0;
  read_proc(kernel, {"/proc/self/fdinfo/", pidfd, ""}, [&](std::string_view piece) {
    for (const char byte : piece) {
      if (size < sizeof(text)) text[size++] = byte;
    }
    return false;
  });
  constexpr std::string_view kField = "\nPid:\t";
  std::string_view info(text, size);
  const std::size_t at = info.find(kField);
  if (at == std::string_view::npos) return 0;
  info.remove_prefix(at + kField.size());
  if (info.find('\n') != std::string_view::npos) pid = leading_number(info);
  return pid;
}

void for_each_thread(const Kernel& kernel, pid_t pid, void (*visit)(void* context, pid_t thread),
                     void* context) {
  for_each_number(kernel, {"/proc/", pid, "/task"}, visit, context);
}

void for_each_process(const Kernel& kernel, void (*visit)(void* context, pid_t pid),
                      void* context) {
  for_each_number(kernel, ProcPath("/proc"), visit, context);
}

}  // namespace covenv
