// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace covenv {

/// The number of TERM, SIGTERM, 15, RTMIN, RTMIN+3 or RTMAX-1, in any case; 0 for any other name.
int signal_named(std::string_view name);

/// SIGTERM, SIGRTMIN+3, or "signal 99".
std::string signal_name(int signal);

}  // namespace covenv
