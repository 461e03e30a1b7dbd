// SPDX-License-Identifier: MIT
// The processes of one traced run, and the library's address in each.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace fault {

/// The code that makes a system call: the library, libc for the library, or the program.
enum class Maker : unsigned char {
  kShim,     ///< the instruction is the library's
  kForShim,  ///< libc's, on the library's behalf: a thread, a disposition
  kProgram,
};

class Process {
 public:
  Process(pid_t pid, int ordinal, std::string library)
      : pid_(pid), ordinal_(ordinal), library_(std::move(library)) {}

  /// A forked child maps what its parent maps.
  Process(pid_t pid, int ordinal, const Process& parent) : Process(parent) {
    pid_ = pid;
    ordinal_ = ordinal;
    counts_.clear();
  }

  int ordinal() const { return ordinal_; }

  /// To be called at each mmap() of a descriptor, and at each exec.
  void has_mapped(pid_t thread, int fd);
  void has_executed();

  /// `instruction` and `stack` are the registers of the thread that makes the call.
  Maker maker_of(pid_t thread, std::uint64_t instruction, std::uint64_t stack);

  /// How often count() has been called for this key; 1 at the first call.
  int count(const std::string& key) { return ++counts_[key]; }

  std::uint64_t offset_in_library(std::uint64_t instruction) const { return instruction - base_; }

 private:
  bool is_text(std::uint64_t address) const { return address >= text_ && address < text_end_; }
  void find_library();

  pid_t pid_;
  int ordinal_;
  std::string library_;
  std::uint64_t base_ = 0;
  std::uint64_t text_ = 0;
  std::uint64_t text_end_ = 0;
  bool is_stale_ = false;
  std::map<std::string, int> counts_;
};

/// By thread id. The threads of one process share its Process.
using Tracees = std::map<pid_t, std::shared_ptr<Process>>;

}  // namespace fault
