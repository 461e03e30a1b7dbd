// SPDX-License-Identifier: MIT
#include "shim/runtimes/jvm/options.h"

#include <string_view>

#include "shim/core/entry.h"
#include "shim/core/jvm_coverage.h"
#include "shim/proc/descriptor.h"
#include "shim/runtimes/symbol.h"

namespace covenv::jvm {
namespace {

/// What is read of a file of arguments. Gradle's and Maven's name the agent at their beginning.
constexpr std::size_t kMostOfFile = 8192;

FoundOptions look_into(std::string_view options) {
  if (starts_jacoco(options)) {
    return {.may_measure = true, .is_told = true, .keeps_data = keeps_jacoco_data(options)};
  }
  const bool has_tool = names_tool_with_hook(options);
  return {
      .may_measure = has_tool, .is_told = starts_agent_with_hook(options), .keeps_data = has_tool};
}

FoundOptions look_into_file(const char* path) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (file.get() < 0) return {};
  char text[kMostOfFile];
  const long size = raw_syscall(SYS_pread64, file.get(), to_register(text), sizeof(text), 0);
  if (size <= 0) return {};
  return look_into({text, static_cast<std::size_t>(size)});
}

/// The launcher reads the first two, and the VM the others.
bool is_variable_of_jvm(const char* entry) {
  return has_name(entry, "JDK_JAVA_OPTIONS") || has_name(entry, "CLASSPATH") ||
         has_name(entry, "JAVA_TOOL_OPTIONS") || has_name(entry, "_JAVA_OPTIONS");
}

}  // namespace

FoundOptions find_coverage(const ProgramStart& start) {
  FoundOptions found;
  for (const char* const* entry = start.environment; *entry != nullptr; ++entry) {
    if (!is_variable_of_jvm(*entry)) continue;
    const char* const value = value_of(*entry);
    if (value != nullptr) found = look_into(value);
    if (found.may_measure) return found;
  }
  const char* const* argument = start.arguments;
  if (start.name != "java") return {};
  for (++argument; *argument != nullptr && !found.may_measure; ++argument) {
    found = **argument == '@' ? look_into_file(*argument + 1) : look_into(*argument);
  }
  return found;
}

bool is_launcher() {
  int (*start)() = nullptr;
  return look_up(start, "JLI_Launch") || look_up(start, "JNI_CreateJavaVM");
}

}  // namespace covenv::jvm
