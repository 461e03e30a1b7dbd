// SPDX-License-Identifier: MIT
// The cases of signal_probe. Each runs in a process of its own, and returns what a program can see.
#pragma once

#include <cerrno>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace transparency {

using nlohmann::json;

// The number of a case's targets that have to be asked before they are killed (asked_target.h), or
// one of these.
constexpr int kNothingToAsk = -2;
constexpr int kAtLeastOne = -1;
constexpr int kAnyNumber = -3;

struct SignalCase {
  std::string name;
  std::function<json()> run;
  int asks = kNothingToAsk;
  bool in_term =
      true;  // false: what it sees is documented to be another thing where targets are terminated
};

std::vector<SignalCase> kill_cases();  // kill and its relatives: result, errno, what the target saw
std::vector<SignalCase> wait_cases();  // wait and its relatives
std::vector<SignalCase> disposition_cases();  // sigaction, signal, sigset
std::vector<SignalCase> environ_cases();      // setenv, putenv, unsetenv, clearenv

// Cases whose targets look measured, so that a kill asks them first.
std::vector<SignalCase> asked_target_cases();   // by the state of the target
std::vector<SignalCase> asked_group_cases();    // groups, whole or in parts
std::vector<SignalCase> asked_refusal_cases();  // a kill that the kernel refuses asks no process
std::vector<SignalCase> asked_killer_cases();   // by the state of the killer
std::vector<SignalCase> asked_wait_cases();     // by the way in which the parent learns of the end

// The result of a call, before which errno is preset to a number that no error has.
template <typename Function>
json outcome(Function call) {
  errno = 4242;
  const long value = call();
  const int error = errno;
  return {{"value", value}, {"errno", error}};
}

}  // namespace transparency
