// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace covenv {

/// Writes all of `text`; false where that failed (errno says why).
bool write_all(int fd, std::string_view text);

/// What the lines start with; "sigforward" unless it was set. Not copied.
void set_program_name(const char* name);

/// One line on stderr, in one write, so that lines of several wrappers do not mix.
void complain(std::string_view text);

/// For a failed system call: "cannot <what>: <errno's text>", then exit 125. `what` is literal
/// text: nothing may stand between the call and this one that could change errno.
[[noreturn]] void die_with_errno(const char* what);

}  // namespace covenv
