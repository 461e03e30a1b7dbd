// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/lone_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "wrapper/sigforward/members.h"

namespace covenv::sigforward {
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

// Of /proc/<pid>/stat, counted from 1 as in proc_pid_stat(5); from the third on, as the second is a
// name, which may hold blanks and parentheses.
std::uint64_t field(std::string_view stat, int number) {
  std::size_t at = stat.rfind(')');
  for (int i = 2; i < number && at != std::string_view::npos; ++i) at = stat.find(' ', at + 1);
  std::uint64_t value = 0;
  if (at != std::string_view::npos) {
    std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), value);
  }
  return value;
}

std::string children_file(pid_t pid) {
  const std::string number = std::to_string(pid);
  return "/proc/" + number + "/task/" + number + "/children";
}

}  // namespace

void LoneCommand::open_files() {
  opened_ = true;
  if (!proc_is_usable()) return;
  const auto open_file = [](const std::string& path) {
    return open(path.c_str(), O_RDONLY | O_CLOEXEC);
  };
  fds_[kOwnChildren] = open_file(children_file(getpid()));
  fds_[kChildren] = open_file(children_file(pid_));
  fds_[kStat] = open_file("/proc/" + std::to_string(pid_) + "/stat");
  fds_[kStatus] = open_file("/proc/" + std::to_string(pid_) + "/status");
}

bool LoneCommand::is_alone() {
  if (!opened_) open_files();
  Buffer buffer;
  return read_from_start(fds_[kOwnChildren], buffer) == std::to_string(pid_) + " " &&
         read_from_start(fds_[kChildren], buffer) == "";
}

bool LoneCommand::is_alone_and_handles(int signo) {
  constexpr int kThreads = 20;
  constexpr int kIgnored = 33;
  constexpr int kCaught = 34;
  constexpr int kLastShown = 31;  // there are no real-time signals in those masks
  if (signo > kLastShown || !is_alone()) return false;
  Buffer buffer;
  const auto stat = read_from_start(fds_[kStat], buffer);
  if (!stat || field(*stat, kThreads) != 1) return false;
  return ((field(*stat, kIgnored) | field(*stat, kCaught)) >> static_cast<unsigned>(signo - 1) &
          1U) != 0;
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

}  // namespace covenv::sigforward
