// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/single_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "shim/core/ask_protocol.h"
#include "wrapper/common/clock.h"
#include "wrapper/supervise/processes/members.h"
#include "wrapper/supervise/processes/stat_numbers.h"

namespace covenv::supervise {
namespace {

using Buffer = std::array<char, 4096>;

/// The start of the file, as far as it fits; nullopt if it cannot be read.
std::optional<std::string_view> read_from_start(int fd, Buffer& buffer) {
  const ssize_t size = pread(fd, buffer.data(), buffer.size(), 0);
  if (size < 0) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(size));
}

/// From `from` to the line break of `to`; empty if one of them is not in the text.
std::string_view part(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  const std::size_t end = begin == std::string_view::npos ? begin : text.find(to, begin);
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

/// A file of the leading thread, because /proc tells children by thread only. The other files tell
/// the same of a thread as of its process.
int open_file(pid_t pid, const char* name) {
  const std::string number = std::to_string(pid);
  return open(("/proc/" + number + "/task/" + number + name).c_str(), O_RDONLY | O_CLOEXEC);
}

/// /proc/<pid>/stat has no real-time signals in its masks.
bool has(std::uint64_t signals, int signal) {
  return (signals >> static_cast<unsigned>(signal - 1) & 1U) != 0;
}

}  // namespace

SingleProcess::SingleProcess(pid_t pid)
    : pid_(pid), own_number_size_(static_cast<off_t>((std::to_string(pid) + ' ').size())) {}

void SingleProcess::open_files() {
  opened_ = true;
  if (!proc_is_usable()) return;
  fds_[kOwnChildren] = open_file(getpid(), "/children");
  fds_[kChildren] = open_file(pid_, "/children");
  fds_[kStat] = open_file(pid_, "/stat");
  fds_[kStatus] = open_file(pid_, "/status");
}

bool SingleProcess::is_alone() {
  if (!opened_) open_files();
  char byte = 0;
  // The command's children first: if the command ends, they become ours. Our only child is the
  // command if nothing follows its number. The read starts behind the number, which saves the
  // kernel writing it.
  return pread(fds_[kChildren], &byte, 1, 0) == 0 &&
         pread(fds_[kOwnChildren], &byte, 1, own_number_size_) == 0;
}

bool SingleProcess::needs_no_saver(int signal) {
  // No process gets a saver, or loses a signal's handler, in this time: arming compiles Python code
  // before the program goes on, and a child would have to start an interpreter.
  constexpr std::int64_t kLookHolds = 50'000;
  const std::int64_t start = now();
  if (has(handled_, signal) && start - looked_at_ < kLookHolds) return true;
  handled_ = 0;
  looked_at_ = start;
  const auto found = is_alone() ? signals() : std::nullopt;
  if (!found) return false;
  if (has(found->caught, kAskSignal)) return has(found->caught | found->ignored, signal);
  handled_ = found->caught | found->ignored;
  return true;
}

std::optional<SingleProcess::Signals> SingleProcess::signals() {
  constexpr int kThreads = 20;
  constexpr int kIgnored = 33;
  constexpr int kCaught = 34;
  Buffer buffer;
  const auto stat = read_from_start(fds_[kStat], buffer);
  if (!stat) return std::nullopt;
  StatNumbers numbers(*stat);
  if (numbers.at(kThreads) != 1) return std::nullopt;
  return Signals{.ignored = numbers.at(kIgnored), .caught = numbers.at(kCaught)};
}

std::optional<ProcessStatus> SingleProcess::status() {
  if (!is_alone()) return std::nullopt;
  Buffer buffer;
  const auto text = read_from_start(fds_[kStatus], buffer);
  if (!text) return std::nullopt;
  ProcessStatusParser parser;
  // The lines that the parser looks for are in less than half of the text.
  parser.feed(part(*text, "Name:", "\nFDSize:"));
  parser.feed(part(*text, "\nVmExe:", "\nVmPTE:"));
  parser.feed(part(*text, "\nThreads:", "\nCapInh:"));
  if (!parser.complete() || parser.status().threads != 1) return std::nullopt;
  return parser.status();
}

}  // namespace covenv::supervise
