// SPDX-License-Identifier: MIT
// What measures coverage, in the options of a JVM.
#pragma once

#include <string_view>

namespace covenv {

/// Whether `options` (an argument, or a variable or a file of several) has a JVM measure, and write
/// when it ends: `-javaagent:` with a file or options that name jacoco, or the properties of
/// classes that are instrumented already. False with dumponexit=false.
bool starts_jacoco(std::string_view options);

/// Whether `options` has JaCoCo write a file, or send its data to a server that it has connected
/// to. False: a client fetches the data while the process lives.
bool keeps_jacoco_data(std::string_view options);

/// Whether `options`, which may be a path of classes, names a tool that writes coverage by a
/// shutdown hook: OpenClover, Cobertura, or IntelliJ's agent, which is Kover's as well. A hint: the
/// hook is the proof.
bool names_tool_with_hook(std::string_view options);

/// Whether `options` starts IntelliJ's agent, which measures from then on.
bool starts_agent_with_hook(std::string_view options);

/// Whether a class of this name, of a thread or of what a thread runs, is such a tool's.
bool is_of_tool_with_hook(std::string_view type);

/// Whether the tool of this class sleeps before it writes, until it is interrupted.
bool sleeps_before_writing(std::string_view type);

}  // namespace covenv
