// SPDX-License-Identifier: MIT
#include "shim/runtimes/jvm/started.h"

#include <cerrno>
#include <span>
#include <string_view>

#include "shim/proc/descriptor.h"
#include "shim/proc/folder_entries.h"
#include "shim/proc/kernel.h"

namespace covenv::jvm {
namespace {

// The kernel cuts a thread's name off behind 15 bytes.
constexpr std::string_view kLastThread = "VM Periodic Tas\n";
constexpr std::string_view kTasks = "/proc/self/task/";
constexpr std::string_view kName = "/comm";

/// Sets `is_unknown` if the name of a living thread cannot be read.
bool is_last_thread(std::string_view tid, bool& is_unknown) {
  constexpr std::size_t kMostDigits = 20;
  if (tid.size() > kMostDigits || tid.starts_with('.')) return false;
  char path[kTasks.size() + kMostDigits + kName.size() + 1];
  char* end = path;
  for (const std::string_view part : {kTasks, tid, kName}) {
    for (const char byte : part) *end++ = byte;
  }
  *end = '\0';
  const Descriptor file(path, O_RDONLY);
  char name[kLastThread.size()];
  const long size = file.get() >= 0 ? kKernel.read(file.get(), std::span<char>(name)) : file.get();
  if (size < 0 && size != -ENOENT && size != -ESRCH) is_unknown = true;
  return size == sizeof(name) && std::string_view(name, sizeof(name)) == kLastThread;
}

}  // namespace

// Up to JDK 17 this thread is the last one that the start makes, behind the agents' premain().
// Later it is an early one, but those VMs are not given away before their start is over.
VmStart look_at_start() {
  const Descriptor tasks("/proc/self/task", O_RDONLY | O_DIRECTORY);
  if (tasks.get() < 0) return VmStart::kIsUnknown;
  bool is_unknown = false;
  const auto is_last = [&](std::string_view tid) { return is_last_thread(tid, is_unknown); };
  if (any_name_in(kKernel, tasks.get(), is_last)) return VmStart::kIsOver;
  // Behind the last name the kernel gives none; behind a failure it gives names, or fails again.
  char more[512];
  const bool was_last = kKernel.read_directory(tasks.get(), std::span<char>(more)) == 0;
  return was_last && !is_unknown ? VmStart::kGoesOn : VmStart::kIsUnknown;
}

}  // namespace covenv::jvm
