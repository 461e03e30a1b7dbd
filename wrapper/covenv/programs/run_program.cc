// SPDX-License-Identifier: MIT
#include "wrapper/covenv/programs/run_program.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "wrapper/common/clock.h"

namespace covenv {
namespace {

constexpr std::chrono::milliseconds kStep(10);

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// In memory, because there may be no writable folder.
File make_file() {
  const int descriptor = memfd_create("covenv", MFD_CLOEXEC);
  std::FILE* const file = descriptor < 0 ? nullptr : fdopen(descriptor, "w+");
  if (file == nullptr && descriptor >= 0) close(descriptor);
  return File(file);
}

/// A file, not a pipe, because processes that the user's plugins leave behind would keep a pipe
/// open.
std::string content_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 4096> piece;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), file)) {
    text.append(piece.data(), got);
  }
  return text;
}

bool ends_in_time(pid_t pid, std::chrono::seconds deadline) {
  const std::int64_t end = deadline_after(std::chrono::nanoseconds(deadline).count());
  while (!is_over(end)) {
    const pid_t ended = waitpid(pid, nullptr, WNOHANG);
    if (ended == pid) return true;
    if (ended < 0 && errno != EINTR) return false;
    std::this_thread::sleep_for(kStep);
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return false;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::optional<pid_t> start(char* const* argv, char* const* environment, std::FILE* output,
                           std::FILE* errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(output), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors), STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::nullopt;
  return pid;
}

}  // namespace

std::optional<ProgramOutput> run_program(std::vector<std::string> command,
                                         std::vector<std::string> environment,
                                         std::chrono::seconds deadline) {
  const File output = make_file();
  const File errors = make_file();
  if (!output || !errors) return std::nullopt;
  const std::vector<char*> argv = pointers_to(command);
  const std::vector<char*> variables = pointers_to(environment);
  const std::optional<pid_t> pid = start(argv.data(), variables.data(), output.get(), errors.get());
  if (!pid || !ends_in_time(*pid, deadline)) return std::nullopt;
  return ProgramOutput{content_of(output.get()), content_of(errors.get())};
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return "";
  const std::size_t newline = text.rfind('\n', end);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return text.substr(begin, end - begin + 1);
}

std::vector<std::string> own_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    entries.emplace_back(*entry);
  }
  return entries;
}

}  // namespace covenv
