// SPDX-License-Identifier: MIT
// Which test runs now in this process, for the events of starts and kills. A test is an event of
// its own, which is written when the test starts or kills its first process; the others hold its
// number.
//
// Async-signal-safe, and for vfork children and forked children as well: what has been written is
// known by one word, which they share or inherit, because the numbers are the session's.
#pragma once

#include <cstdint>

namespace covenv {

/// Where the environment of this process is, from now on. Without a call no test is named.
void follow_tests_in(const char* const* const* environment);

/// The number of the event that names the test; 0: no test is named, or there is no room. The test
/// is that of `given`, the environment of a child, or else that of this process. If the latter is
/// gone as a whole, as by `mock.patch.dict(os.environ, clear=True)`, it is the last that pytest
/// set.
std::uint32_t current_test(const char* const* given = nullptr);

/// To be called with an entry that this process has put into its environment: keeps pytest's test,
/// and records the name of a worker of pytest-xdist.
void note_variable(const char* entry);

}  // namespace covenv
