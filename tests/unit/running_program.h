// SPDX-License-Identifier: MIT
// A program that is compiled and run by a test, and whose memory the test reads.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "counted_program.h"

namespace covenv::testing {

/// A folder that ends with the object.
class TestFolder {
 public:
  TestFolder() {
    std::string name = ::testing::TempDir() + "covenv-counters-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Runs a command of the shell, which has to succeed.
inline void run_command(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/// A program that writes a byte when the test may look, and ends when its input ends. Its
/// environment is the one variable.
class RunningProgram {
 public:
  RunningProgram(const std::string& path, const std::string& folder, const std::string& variable) {
    int input[2];
    int output[2];
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) std::abort();
    input_ = input[1];
    std::string name = path;
    std::string entry = variable;
    char* const arguments[] = {name.data(), nullptr};
    char* const environment[] = {entry.data(), nullptr};
    pid_ = fork();
    if (pid_ == 0) {
      dup2(input[0], 0);
      dup2(output[1], 1);
      dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
      if (chdir(folder.c_str()) == 0) execve(name.c_str(), arguments, environment);
      _exit(127);
    }
    close(input[0]);
    close(output[1]);
    char byte = 0;
    is_waiting_ = read(output[0], &byte, 1) == 1;
    close(output[0]);
  }
  ~RunningProgram() { end(); }
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  bool is_waiting() const { return is_waiting_; }
  pid_t pid() const { return pid_; }

  /// Lets the program end in its own way, and returns its status.
  int end() {
    if (pid_ == 0) return 0;
    close(input_);
    int status = -1;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }

  ByteSource memory() {
    return {.context = &pid_,
            .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
              const iovec ours = {into.data(), into.size()};
              const iovec theirs = {reinterpret_cast<void*>(at), into.size()};
              return process_vm_readv(*static_cast<pid_t*>(context), &ours, 1, &theirs, 1, 0) ==
                     static_cast<ssize_t>(into.size());
            }};
  }

  /// Where the file's first bytes are mapped.
  std::uint64_t base_of(const std::string& file) const {
    const std::string real = std::filesystem::canonical(file).string();
    std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.ends_with(real)) return std::stoull(line, nullptr, 16);
    }
    return 0;
  }

 private:
  pid_t pid_ = 0;
  int input_ = -1;
  bool is_waiting_ = false;
};

}  // namespace covenv::testing
