// SPDX-License-Identifier: MIT
// What has become of the counters that a compiler has put into a program.
#pragma once

#include <cstdint>

namespace covenv {

/// From the best to the worst: of several objects of a program the worst counts.
enum class CountersFate : std::uint8_t {
  kNone,     ///< there are none, or nothing of them is to be written
  kSaved,    ///< each file is written
  kEarly,    ///< the runtime had not started, or had not written what its files need
  kUnclear,  ///< a stripped Go program does not show whether it dies of a signal but SIGKILL
  kNoFile,   ///< a file cannot be written where the runtime would write it
  kUnknown,  ///< a layout that covenv does not know
  kDenied,   ///< the kernel lets no byte of the process be read
};

}  // namespace covenv
