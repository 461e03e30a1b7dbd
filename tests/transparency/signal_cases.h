// SPDX-License-Identifier: MIT
// The cases of signal_probe: each runs in a process of its own and returns what a program can see.
#pragma once

#include <cerrno>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace transparency {

using nlohmann::json;

struct SignalCase {
  std::string name;
  std::function<json()> run;
};

std::vector<SignalCase> kill_cases();  // kill and its relatives: result, errno, what the target saw
std::vector<SignalCase> wait_cases();  // wait and its relatives
std::vector<SignalCase> disposition_cases();  // sigaction, signal, sigset
std::vector<SignalCase> environ_cases();      // setenv, putenv, unsetenv, clearenv

// What a call returned; errno is preset to a number that no error has.
template <typename Function>
json outcome(Function call) {
  errno = 4242;
  const long value = call();
  const int error = errno;
  return {{"value", value}, {"errno", error}};
}

}  // namespace transparency
