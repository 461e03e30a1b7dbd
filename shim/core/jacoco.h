// SPDX-License-Identifier: MIT
// JaCoCo's agent in the options of a JVM.
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

}  // namespace covenv
