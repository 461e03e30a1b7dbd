// SPDX-License-Identifier: MIT
#include "covenv/doctor/probe.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "probe_source.h"

namespace covenv::doctor {
namespace {

constexpr std::chrono::seconds kDeadline(120);
constexpr std::chrono::milliseconds kStep(10);

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// A file, not a pipe: what the user's plugins leave behind would keep a pipe open.
std::string content_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 4096> piece;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), file)) {
    text.append(piece.data(), got);
  }
  return text;
}

bool ends_in_time(pid_t pid) {
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (std::chrono::steady_clock::now() < end) {
    const pid_t ended = waitpid(pid, nullptr, WNOHANG);
    if (ended == pid) return true;
    if (ended < 0 && errno != EINTR) return false;
    std::this_thread::sleep_for(kStep);
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return false;
}

std::optional<pid_t> start(Words words, std::FILE* output, std::FILE* errors) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(output), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors), STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::nullopt;
  return pid;
}

}  // namespace

std::optional<ProbeOutput> run_probe(const std::string& python, const Words& command) {
  const File output(std::tmpfile());
  const File errors(std::tmpfile());
  if (!output || !errors) return std::nullopt;
  using nlohmann::json;
  const std::string request = json(command).dump(-1, ' ', true, json::error_handler_t::replace);
  const std::optional<pid_t> pid =
      start({python, "-c", kProbeSource, request}, output.get(), errors.get());
  if (!pid || !ends_in_time(*pid)) return std::nullopt;
  return ProbeOutput{content_of(output.get()), content_of(errors.get())};
}

}  // namespace covenv::doctor
