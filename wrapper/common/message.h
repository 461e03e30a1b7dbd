// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace covenv {

/// Writes all of `text`; false if that failed (errno says why).
bool write_all(int fd, std::string_view text);

/// Writes all of `text` to the standard output. Throws std::runtime_error, which says why, if that
/// fails.
void print(std::string_view text);

/// Has /dev/null, until an exec, in the place of each standard stream that the caller has closed. A
/// file that is opened later would be written to in that stream's place. Writing to such a stream
/// fails as before, and a program that is executed finds the stream closed.
void hold_closed_streams();

/// What the lines start with; "sigforward" by default. Not copied.
void set_program_name(const char* name);

/// Prints one line to stderr, in one write, so that lines of several wrappers do not mix. The
/// text is made printable.
void complain(std::string_view text);

/// After a failed system call: prints "cannot <what>: <errno's text>", and exits 125. `what` is
/// literal text, because nothing between the call and this function may change errno.
[[noreturn]] void die_with_errno(const char* what);

}  // namespace covenv
