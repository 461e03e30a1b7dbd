// SPDX-License-Identifier: MIT
#include "shim/runtimes/jvm/options.h"

#include <string_view>

#include "shim/core/entry.h"
#include "shim/core/jacoco.h"
#include "shim/proc/descriptor.h"
#include "shim/runtimes/symbol.h"

namespace covenv::jvm {
namespace {

/// What is read of a file of arguments. Gradle's and Maven's name the agent at their beginning.
constexpr std::size_t kMostOfFile = 8192;

FoundOptions look_into(std::string_view options) {
  const bool starts = starts_jacoco(options);
  return {.starts_jacoco = starts, .keeps_data = starts && keeps_jacoco_data(options)};
}

FoundOptions look_into_file(const char* path) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (file.get() < 0) return {};
  char text[kMostOfFile];
  const long size = raw_syscall(SYS_pread64, file.get(), to_register(text), sizeof(text), 0);
  if (size <= 0) return {};
  return look_into({text, static_cast<std::size_t>(size)});
}

/// The launcher reads JDK_JAVA_OPTIONS, and the VM the other two.
bool is_variable_of_jvm(const char* entry) {
  return has_name(entry, "JAVA_TOOL_OPTIONS") || has_name(entry, "JDK_JAVA_OPTIONS") ||
         has_name(entry, "_JAVA_OPTIONS");
}

}  // namespace

FoundOptions find_jacoco(const ProgramStart& start) {
  FoundOptions found;
  for (const char* const* entry = start.environment; *entry != nullptr; ++entry) {
    if (!is_variable_of_jvm(*entry)) continue;
    const char* const value = value_of(*entry);
    if (value != nullptr) found = look_into(value);
    if (found.starts_jacoco) return found;
  }
  const char* const* argument = start.arguments;
  if (start.name != "java") return {};
  for (++argument; *argument != nullptr && !found.starts_jacoco; ++argument) {
    found = **argument == '@' ? look_into_file(*argument + 1) : look_into(*argument);
  }
  return found;
}

bool is_launcher() {
  int (*start)() = nullptr;
  return look_up(start, "JLI_Launch") || look_up(start, "JNI_CreateJavaVM");
}

}  // namespace covenv::jvm
