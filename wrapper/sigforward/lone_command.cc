// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/lone_command.h"

#include <fcntl.h>
#include <unistd.h>

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
  fds_[kStatus] = open_file("/proc/" + std::to_string(pid_) + "/status");
}

std::optional<ProcessStatus> LoneCommand::status() {
  if (!opened_) open_files();
  Buffer buffer;
  if (read_from_start(fds_[kOwnChildren], buffer) != std::to_string(pid_) + " ")
    return std::nullopt;
  if (read_from_start(fds_[kChildren], buffer) != "") return std::nullopt;
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
