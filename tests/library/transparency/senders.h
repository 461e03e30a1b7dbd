// SPDX-License-Identifier: MIT
// Every call that sends a signal, with one signature.
#pragma once

#include <sys/types.h>

#include <vector>

namespace transparency {

constexpr int kValue = 4711;  // what a queued signal carries

struct Sender {
  const char* name;
  int (*send)(pid_t pid, int signal);
  bool to_group = false;
};

extern const std::vector<Sender> kSenders;

}  // namespace transparency
