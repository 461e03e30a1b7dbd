// SPDX-License-Identifier: MIT
// COVENV_SOURCE: which code makes coverage start in a child that is to start it as late as
// possible.
//
// "TAG:ENTRY:ENTRY...", made by coverage/offer.py. TAG is the configuration_tag() of the
// environment for which the entries hold. An entry is one of these:
//   /FOLDER   what is below it is measured
//   @NAME     this module is measured, or package with its modules
//   -/FOLDER  what is below it is not, in an interpreter of this prefix
//   =/PREFIX  that prefix
//   +/FOLDER  coverage's plugins are there
// Without a folder or module, all is measured that is below no "-" entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace covenv {

/// A tag of the variables that configure coverage in an environment (coverage/configuration.py
/// computes the same). A nested suite's configuration has another tag.
std::uint32_t configuration_tag(const char* const* environment);

/// The entries of COVENV_SOURCE if the variable belongs to the configuration in this environment;
/// points into the environment. Empty if there is no such variable.
std::string_view source_entries(const char* const* environment);

/// Code that is about to run.
struct RunCode {
  std::string_view path;  ///< of its file; absolute, without symbolic links
  std::optional<std::string_view> module;
};

/// Whether a module is measured by its name, so that paths alone do not tell.
bool names_modules(std::string_view entries);

/// Whether coverage's tracer can measure alone (coverage/light.py).
enum class LightOffer : unsigned char {
  kNone,      ///< the configuration is not covenv's
  kGiven,     ///< COVENV_TRACER belongs to the configuration, and nothing known speaks against it
  kSettings,  ///< not with these settings of coverage
  kCoverage,  ///< not with a coverage that covenv does not know
};
LightOffer light_offer(const char* const* environment);

/// Whether coverage may measure code. `prefix`: the interpreter's. True on a doubt.
bool may_be_measured(std::string_view entries, std::string_view prefix, const RunCode& code);

/// Whether a file belongs to Python's standard library, by its path.
bool is_of_standard_library(std::string_view path);

}  // namespace covenv
