// SPDX-License-Identifier: MIT
#pragma once

#include <array>

namespace covenv::supervise {

/// What is sent for a signal that arrives: the same, another one, or nothing.
class SignalMap {
 public:
  constexpr SignalMap() {
    for (int signal = 0; signal <= kLast; ++signal) out_[static_cast<std::size_t>(signal)] = signal;
  }

  int operator[](int in) const {
    return in >= 0 && in <= kLast ? out_[static_cast<std::size_t>(in)] : in;
  }
  /// `out` of 0 drops `in`. 1 <= in <= 64.
  void set(int in, int out) { out_[static_cast<std::size_t>(in)] = out; }

 private:
  static constexpr int kLast = 64;
  std::array<int, kLast + 1> out_ = {};
};

}  // namespace covenv::supervise
