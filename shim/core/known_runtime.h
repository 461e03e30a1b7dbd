// SPDX-License-Identifier: MIT
// Runtimes that write coverage when they end in order, and in which no saver can be armed: PyPy,
// old Pythons, .NET.
#pragma once

#include <string_view>

#include "shim/core/process_status.h"

namespace covenv {

/// Whether a program of this base name is one: PyPy, or CPython before 3.8. Not Go, because neither
/// the dispositions nor the environment of a Go program tell whether it was built with counters.
bool is_known_runtime(std::string_view program);

/// Whether this entry of its environment tells `program`, a known runtime, to measure. Programs of
/// other kinds carry the same variables and measure nothing.
bool measures_by(std::string_view program, const char* entry);

/// Whether a known runtime that was told to measure may still not do so. Then is_of_measuring()
/// has to be true of a line of its /proc/<pid>/maps.
bool shows_by_its_maps(std::string_view program);
bool is_of_measuring(std::string_view line);

/// Whether this line of /proc/<pid>/maps is of Ruby's Coverage, which Ruby loads to measure.
bool is_of_coverage_in_ruby(std::string_view line);

/// Whether the process may be one of .NET's, by the signals that this runtime catches.
bool may_be_dotnet(const ProcessStatus& status);

/// The assembly of the program's own that a line of /proc/<pid>/maps names; empty for any other
/// file, and for an assembly of a shared framework.
std::string_view assembly_of(std::string_view line);

/// The type that coverlet puts into each assembly which it instruments, as the assembly holds it.
/// It writes what has run when the process ends in order (ProcessExit).
inline constexpr std::string_view kCoverletTracker = "Coverlet.Core.Instrumentation.Tracker";

/// Whether the program of this path is an emulator (qemu-aarch64, which the kernel may start by
/// binfmt_misc). The loader of the emulated program would complain about our library.
bool is_emulator(std::string_view path);

}  // namespace covenv
