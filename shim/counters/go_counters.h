// SPDX-License-Identifier: MIT
// Where a Go program that was built with `-cover` holds its counters, and how far its runtime is
// with them. Go 1.20 to 1.26, with and without symbols.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shim/counters/elf_file.h"

namespace covenv {

enum class GoStage : std::uint8_t {
  kNotGo,       ///< no Go program: nothing of the process was read
  kNotCounted,  ///< a Go program that was built without `-cover`
  kUnreadable,  ///< memory that cannot be read or says what cannot be, or an unknown version
  kStarting,    ///< the list of packages is not complete, so there is no hash and no covmeta file;
                ///< a binary of `go test -cover` stays here
  kNotMeasuring,  ///< no GOCOVERDIR, or the program has told its runtime to write nothing
  kMeasuring,  ///< at a normal end the runtime would write a file; without symbols, this is taken
               ///< for granted
  kLeaving,    ///< the runtime runs its exit hooks: its own file is being written, or about to be
  kLeft,       ///< the exit hooks have run: the runtime has written its own file
};

/// What `find_go_counters` has found. The addresses are the process's.
struct GoCounters {
  /// More than the 26 runtime packages of Go 1.26, whose ids are fixed: -2, -3, ...
  static constexpr std::size_t kMostFixedIds = 64;
  static constexpr std::uint16_t kNoPackage = 0xffff;
  static constexpr std::size_t kMostPackages = 0x8000;
  static constexpr std::size_t kMostWords = std::size_t{32} * 1024 * 1024;

  std::uint64_t address = 0;  ///< of the counters
  std::size_t words = 0;      ///< of 32 bits each
  std::uint32_t package_count = 0;
  std::array<std::uint16_t, kMostFixedIds> package_of_fixed_id = {};
  std::array<std::uint8_t, 16> hash = {};  ///< of all packages: names the covmeta file
  std::uint8_t mode = 0;                   ///< 1 set, 2 count, 3 atomic, 0 none
  std::uint8_t granularity = 0;            ///< 1 per block, 2 per function, 0 none
  bool has_symbols = false;
  std::uint64_t folder_address = 0;
  std::size_t folder_size = 0;
  std::uint64_t signals_address = 0;  ///< `runtime.sig`, 0 if unknown
};

/// Whether the file has a section that only Go's linker makes.
bool is_go_program(const ElfFile& file);

/// For pieces of sections. More room makes fewer reads.
inline constexpr std::size_t kGoFindRoom = std::size_t{64} * 1024;

/// Finds the counters of a process's main program. `found` is complete if the result is kMeasuring,
/// kLeaving or kLeft. `room`, kGoFindRoom bytes or more, is free again when the function returns.
///
/// Without symbols the folder is not known here (GOCOVERDIR of the process's environment is), the
/// hash is computed, and so the file `covmeta.<hash>` is the only proof that the runtime measures.
GoStage find_go_counters(const LoadedObject& object, std::span<char> room, GoCounters& found);

/// The folder as the runtime holds it: relative to the process's working directory, if it is
/// relative. None if it is not known, does not fit or holds a NUL.
std::optional<std::string_view> read_go_folder(const GoCounters& found, const ByteSource& memory,
                                               std::span<char> into);

enum class GoEnding : std::uint8_t {
  kEnds,     ///< the runtime ends the process, without its exit hooks
  kGoesOn,   ///< the program handles the signal, or the runtime ignores it
  kUnknown,  ///< the program has no symbols
};

/// What the runtime does when another process sends the signal, which is not blocked and which the
/// runtime's handler catches (SigCgt has all of them). Handlers that C code has set later are
/// invisible here.
GoEnding go_ending_by(const GoCounters& found, const ByteSource& memory, int signal);

}  // namespace covenv
