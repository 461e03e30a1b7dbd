// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/lone_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "shim/core/ending.h"
#include "wrapper/common/clock.h"
#include "wrapper/supervise/processes/members.h"
#include "wrapper/supervise/processes/stat_numbers.h"

namespace covenv::supervise {
namespace {

using Buffer = std::array<char, 4096>;

// As far as it fits; nullopt where it cannot be read.
std::optional<std::string_view> read_from_start(int fd, Buffer& buffer) {
  const ssize_t size = pread(fd, buffer.data(), buffer.size(), 0);
  if (size < 0) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(size));
}

// From the one to the other's line break; empty where they are not there.
std::string_view part(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  const std::size_t end = begin == std::string_view::npos ? begin : text.find(to, begin);
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

// Of its leading thread, as only threads tell their children. What is read here of the rest is the
// whole process's.
int open_file(pid_t pid, const char* name) {
  const std::string number = std::to_string(pid);
  return open(("/proc/" + number + "/task/" + number + name).c_str(), O_RDONLY | O_CLOEXEC);
}

// There are no real-time signals in the masks of that file.
bool has(std::uint64_t signals, int signo) {
  return (signals >> static_cast<unsigned>(signo - 1) & 1U) != 0;
}

}  // namespace

LoneCommand::LoneCommand(pid_t pid)
    : pid_(pid), own_number_size_(static_cast<off_t>((std::to_string(pid) + ' ').size())) {}

void LoneCommand::open_files() {
  opened_ = true;
  if (!proc_is_usable()) return;
  fds_[kOwnChildren] = open_file(getpid(), "/children");
  fds_[kChildren] = open_file(pid_, "/children");
  fds_[kStat] = open_file(pid_, "/stat");
  fds_[kStatus] = open_file(pid_, "/status");
}

bool LoneCommand::is_alone() {
  if (!opened_) open_files();
  char byte = 0;
  // Those of the command first: one that ends leaves its own to us. Ours are none but the command
  // where nothing follows its number; what it takes to write that number is spared the kernel.
  return pread(fds_[kChildren], &byte, 1, 0) == 0 &&
         pread(fds_[kOwnChildren], &byte, 1, own_number_size_) == 0;
}

bool LoneCommand::needs_no_saver(int signo) {
  // Nobody gets a saver in this time, and takes a signal's handler away: arming compiles Python
  // code before the program goes on, and a child would have to start an interpreter.
  constexpr std::int64_t kLookHolds = 50'000;
  const std::int64_t start = now();
  if (has(handled_, signo) && start - looked_at_ < kLookHolds) return true;
  handled_ = 0;
  looked_at_ = start;
  const auto found = is_alone() ? signals() : std::nullopt;
  if (!found) return false;
  if (has(found->caught, kAskSignal)) return has(found->caught | found->ignored, signo);
  handled_ = found->caught | found->ignored;
  return true;
}

std::optional<LoneCommand::Signals> LoneCommand::signals() {
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

std::optional<ProcessStatus> LoneCommand::status() {
  if (!is_alone()) return std::nullopt;
  Buffer buffer;
  const auto text = read_from_start(fds_[kStatus], buffer);
  if (!text) return std::nullopt;
  ProcessStatusParser parser;
  // All that is of interest, in less than half of the text.
  parser.feed(part(*text, "Name:", "\nFDSize:"));
  parser.feed(part(*text, "\nThreads:", "\nCapInh:"));
  if (!parser.complete() || parser.status().threads != 1) return std::nullopt;
  return parser.status();
}

}  // namespace covenv::supervise
