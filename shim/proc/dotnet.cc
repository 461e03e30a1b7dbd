// SPDX-License-Identifier: MIT
#include "shim/proc/dotnet.h"

#include <cstring>

#include "shim/core/known_runtime.h"
#include "shim/proc/path_writer.h"
#include "shim/proc/proc_text.h"

namespace covenv {
namespace {

/// What is read of all assemblies of a process.
constexpr std::size_t kMostBytes = 64 << 20;

/// The file is the process's own: below its root, where its data are.
bool opens(const Kernel& kernel, pid_t pid, std::string_view assembly, int& file) {
  char text[600];
  PathWriter path(text);
  path.add("/proc/");
  path.add_number(static_cast<std::uint64_t>(pid));
  path.add("/root");
  path.add(assembly);
  file = path.finish() ? kernel.open_proc(text) : -1;
  return file >= 0;
}

/// Whether the file holds `wanted`. Takes what it reads off `left`.
bool has_text(const Kernel& kernel, int file, std::string_view wanted, std::size_t& left) {
  char piece[4096];
  std::size_t kept = 0;  // bytes of the piece before, because the text may lie across both
  while (left > sizeof(piece)) {
    const long got = kernel.read(file, std::span<char>(piece).subspan(kept));
    if (got <= 0) return false;
    left -= static_cast<std::size_t>(got);
    const std::string_view text(piece, kept + static_cast<std::size_t>(got));
    if (text.find(wanted) != std::string_view::npos) return true;
    kept = text.size() < wanted.size() ? text.size() : wanted.size() - 1;
    std::memmove(piece, text.data() + text.size() - kept, kept);
  }
  return false;
}

}  // namespace

bool is_measured_by_coverlet(const Kernel& kernel, pid_t pid, const ProcessStatus& status) {
  if (!may_be_dotnet(status)) return false;
  std::size_t left = kMostBytes;
  char last[512] = {};  // of a file that is mapped more than once
  const auto is_instrumented = [&](std::string_view line) {
    const std::string_view assembly = assembly_of(line);
    if (assembly.empty() || assembly == last) return false;
    last[assembly.copy(last, sizeof(last) - 1)] = '\0';
    int file = -1;
    if (!opens(kernel, pid, assembly, file)) return false;
    const bool has_tracker = has_text(kernel, file, kCoverletTracker, left);
    kernel.close(file);
    return has_tracker;
  };
  return any_string(kernel, {"/proc/", pid, "/maps"}, is_instrumented, '\n');
}

}  // namespace covenv
