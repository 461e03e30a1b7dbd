// SPDX-License-Identifier: MIT
// The covcounters file of a Go program, as the program's runtime would write it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shim/counters/go_counters.h"

namespace covenv {

/// More than the kernel hands to a program.
inline constexpr std::size_t kMostGoCommandLine = std::size_t{16} * 1024 * 1024;

/// Room for the counters, for the texts of the command line, and for the file's pieces.
std::size_t go_file_room(const GoCounters& found, std::span<const char> command_line);

/// Writes the counters of `memory` as a whole covcounters file. `command_line` is as
/// /proc/PID/cmdline has it: each argument ends with a NUL. The file's bytes are the runtime's, but
/// for the order of its table of strings, which the runtime shuffles.
///
/// False if the memory cannot be read or is not what a Go program of this kind makes, if the
/// command line is longer than kMostGoCommandLine, or if `sink` fails: what `sink` then has is no
/// file. A program that has cleared its counters, or has run nothing that counts, makes a file
/// without functions.
///
/// The program may run: a function that it enters for the first time while the counters are read is
/// counted as a whole or not at all. `room` has go_file_room() bytes or more.
bool write_go_counters(const GoCounters& found, const ByteSource& memory,
                       std::span<const char> command_line, const ByteSink& sink,
                       std::span<char> room);

/// A file's name with its NUL: the longest is `covcounters.<hash>.<pid>.<nanoseconds>`.
inline constexpr std::size_t kMostGoFileName = 96;

/// The name of the counters' file. `into` has kMostGoFileName bytes or more. The result ends with a
/// NUL, which is not counted.
std::string_view go_counters_file_name(const GoCounters& found, std::uint32_t pid,
                                       std::uint64_t nanoseconds, std::span<char> into);

/// The name of the file without which a counters' file says nothing: `covmeta.<hash>`.
std::string_view go_meta_file_name(const GoCounters& found, std::span<char> into);

}  // namespace covenv
