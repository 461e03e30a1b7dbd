// SPDX-License-Identifier: MIT
#include "core/known_runtime.h"

#include "core/carry.h"
#include "core/entry.h"

namespace covenv {
namespace {

bool is_pypy(std::string_view program) { return program.starts_with("pypy"); }
bool is_node(std::string_view program) { return program == "node" || program == "nodejs"; }
bool is_java(std::string_view program) { return program == "java"; }

}  // namespace

bool is_known_runtime(std::string_view program) {
  return is_pypy(program) || is_node(program) || is_java(program);
}

bool measures_by(std::string_view program, const char* entry) {
  const char* const text = value_of(entry);
  if (text == nullptr || *text == '\0') return false;
  if (is_pypy(program)) return starts_python_coverage(entry);
  if (is_node(program)) return has_name(entry, "NODE_V8_COVERAGE");
  return has_name(entry, "JAVA_TOOL_OPTIONS") &&
         std::string_view(text).find("jacoco") != std::string_view::npos;
}

bool is_emulator(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.starts_with("qemu-");
}

}  // namespace covenv
