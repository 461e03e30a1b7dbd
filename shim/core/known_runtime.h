// SPDX-License-Identifier: MIT
// Runtimes that write coverage when they end in order, and in which no saver can be armed.
#pragma once

#include <string_view>

namespace covenv {

/// Whether a program of this base name is one: PyPy, CPython before 3.8, Node or a JVM. Not Go: its
/// dispositions and its environment do not tell a program that was built with counters from one
/// that was not.
bool is_known_runtime(std::string_view program);

/// Whether this entry of its environment tells a known runtime to measure: a descendant of any
/// other kind carries the same variables and measures nothing.
bool measures_by(std::string_view program, const char* entry);

/// Whether a known runtime that was told to measure may lack what it needs for that. A line of its
/// /proc/<pid>/maps is the proof then.
bool shows_by_its_maps(std::string_view program);
bool is_of_measuring(std::string_view line);

/// Whether the program of this path runs those of another machine (qemu-aarch64, as the kernel does
/// by binfmt_misc), whose loader would complain about us.
bool is_emulator(std::string_view path);

}  // namespace covenv
