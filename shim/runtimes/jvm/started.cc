// SPDX-License-Identifier: MIT
#include "shim/runtimes/jvm/started.h"

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

bool is_last_thread(std::string_view tid) {
  constexpr std::size_t kMostDigits = 20;
  if (tid.size() > kMostDigits) return false;
  char path[kTasks.size() + kMostDigits + kName.size() + 1];
  char* end = path;
  for (const std::string_view part : {kTasks, tid, kName}) {
    for (const char byte : part) *end++ = byte;
  }
  *end = '\0';
  const Descriptor file(path, O_RDONLY);
  char name[kLastThread.size()];
  return file.get() >= 0 && kKernel.read(file.get(), std::span<char>(name)) == sizeof(name) &&
         std::string_view(name, sizeof(name)) == kLastThread;
}

}  // namespace

// Up to JDK 17 this thread is the last one that the start makes, behind the agents' premain().
// Later it is an early one, but those VMs are not given away before their start is over.
bool has_started() {
  const Descriptor tasks("/proc/self/task", O_RDONLY | O_DIRECTORY);
  return tasks.get() >= 0 && any_name_in(kKernel, tasks.get(), is_last_thread);
}

}  // namespace covenv::jvm
