// SPDX-License-Identifier: MIT
// Runtimes that write coverage when they end in order, and in which no saver can be armed.
#pragma once

#include <string_view>

namespace covenv {

/// Whether a program of this base name is one: PyPy, Node or a JVM. Not Go: its dispositions and
/// its environment do not tell a program that was built with counters from one that was not.
bool is_known_runtime(std::string_view program);

/// Whether, in a known runtime, this entry of its environment means that it measures: a descendant
/// of any other kind carries the same variables and measures nothing.
bool measures_by(std::string_view program, const char* entry);

/// Whether the program of this path runs those of another machine (qemu-aarch64, as the kernel does
/// by binfmt_misc), whose loader would complain about us.
bool is_emulator(std::string_view path);

}  // namespace covenv
