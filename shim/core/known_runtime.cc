// SPDX-License-Identifier: MIT
#include "shim/core/known_runtime.h"

#include <csignal>

#include "shim/core/carry.h"
#include "shim/core/entry.h"

namespace covenv {
namespace {

bool is_pypy(std::string_view program) { return program.starts_with("pypy"); }

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

/// CPython before 3.8, in which no saver can be armed.
bool is_old_python(std::string_view program) {
  constexpr std::string_view kThree = "python3.";
  if (program.starts_with("python2")) return true;
  if (!program.starts_with(kThree)) return false;
  program.remove_prefix(kThree.size());
  const bool has_two_digits = program.size() > 1 && is_digit(program[1]);
  return !program.empty() && program[0] >= '0' && program[0] < '8' && !has_two_digits;
}

}  // namespace

bool is_known_runtime(std::string_view program) {
  return is_pypy(program) || is_old_python(program);
}

bool measures_by(std::string_view program, const char* entry) {
  const char* const text = value_of(entry);
  return text != nullptr && *text != '\0' && is_known_runtime(program) &&
         starts_python_coverage(entry);
}

bool shows_by_its_maps(std::string_view program) { return is_old_python(program); }

bool is_of_measuring(std::string_view line) {
  return line.find("/coverage/tracer.") != std::string_view::npos;
}

bool is_of_coverage_in_ruby(std::string_view line) {
  return line.ends_with("/coverage.so") && line.find("/ruby") != std::string_view::npos;
}

// The runtime interrupts its threads by the first real-time signal. Go catches all signals, SIGPROF
// among them.
bool may_be_dotnet(const ProcessStatus& status) {
  constexpr int kInterrupt = 34;
  return status.catches(kInterrupt) && status.catches(SIGTERM) && status.catches(SIGQUIT) &&
         status.catches(SIGTRAP) && !status.catches(SIGPROF);
}

std::string_view assembly_of(std::string_view line) {
  constexpr std::string_view kFrameworks = "/shared/Microsoft.";
  const std::size_t path = line.find('/');
  if (path == std::string_view::npos || !line.ends_with(".dll")) return {};
  line.remove_prefix(path);
  return line.find(kFrameworks) == std::string_view::npos ? line : std::string_view{};
}

bool is_emulator(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.starts_with("qemu-");
}

}  // namespace covenv
