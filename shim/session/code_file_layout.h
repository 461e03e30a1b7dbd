// SPDX-License-Identifier: MIT
// The file of a run's compiled code (coverage/code_file.h): a header, then objects as marshal
// writes them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covenv {

inline constexpr std::size_t kCodesInFile = 22;
/// Behind the code: what light_for_children() in coverage/offer_light.py has returned.
inline constexpr std::size_t kObjectsInFile = kCodesInFile + 1;
inline constexpr std::uint64_t kCodeFileMagic = 0x43'56'4e'45'56'4f'43'31;  // "1COVENVC"
inline constexpr const char* kCodeFileFolder = "/dev/shm/";
/// A file's name: the prefix, the run, "-", and CPython's magic number of its bytecode.
inline constexpr const char* kCodeFilePrefix = ".covenv-c-";

struct CodeFileHeader {
  std::uint64_t magic;
  std::int64_t pid;             ///< of the process that has written the file, as it sees itself
  std::uint64_t start_time;     ///< as in JournalHeader
  std::uint64_t pid_namespace;  ///< as in JournalHeader
  std::uint64_t sources;        ///< kSourcesTag
  std::int64_t bytecode;        ///< CPython's magic number of its bytecode
  std::uint64_t ends[kObjectsInFile];  ///< offset behind each; the first begins after the header
};
static_assert(sizeof(CodeFileHeader) == 232);

}  // namespace covenv
