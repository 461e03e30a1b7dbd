// SPDX-License-Identifier: MIT
// The name of LLVM's profile, of a pattern as in LLVM_PROFILE_FILE: the rules of LLVM's runtime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace covenv {

/// What the specifiers of a pattern stand for. All texts are without zeros.
struct PatternFacts {
  std::uint32_t pid = 0;      ///< which file of a merge pool, for %m
  std::string_view pid_text;  ///< %p, as the runtime has noted it: LlvmRuntime::pid
  std::string_view host;      ///< %h
  std::optional<std::string_view> temporary_folder;  ///< %t, TMPDIR's value, if there is one
  std::uint64_t signature = 0;                       ///< %m
  std::string_view build_id;                         ///< %b in digits, empty if there is none
  bool knows_build_id = false;                       ///< LlvmRuntime::knows_build_id
  bool knows_signals = false;                        ///< LlvmRuntime::knows_signals
};

struct ProfileName {
  std::string_view text = {};    ///< lies in the room, with a zero behind
  std::uint32_t pool_files = 0;  ///< %m and %Nm: how many files share the counts; 0 without
  bool is_continuous = false;    ///< %c
  bool is_default = false;       ///< The runtime refuses the pattern, and takes its default.

  bool is_pool() const { return pool_files != 0; }
};

/// Expands a pattern without zeros, as compiler-rt's InstrProfilingFile.c does:
/// - %p, %h, %t ($TMPDIR and a slash), %m and %Nm (signature, underscore, number of the file), %c
///   (nothing); %b and %Nx (nothing) if the runtime knows them;
/// - "%%" and what is no specifier is dropped, the percent sign and the character after it; but a
///   pattern without a specifier is the name as it is;
/// - a second %m or %c, %t without TMPDIR, and %b without a build ID make it "default.profraw".
/// Nothing if the pattern is empty (the runtime writes no file), if the name does not fit, or if
/// beside specifiers a percent sign is last, because the runtime then reads beyond the pattern.
std::optional<ProfileName> expand_profile_name(std::string_view pattern, const PatternFacts& facts,
                                               std::span<char> room);

}  // namespace covenv
