// SPDX-License-Identifier: MIT
// The scenarios of the probe. Its output has to be the same without the library, and with it even
// if any call fails, except lines that start with "may ".
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace fault {

struct Scenario {
  std::string name;
  void (*run)(const Scenario& self);
  std::string target;  ///< the program to start, or the process to signal
  int which = 0;       ///< the index in the family's functions
};

std::vector<Scenario> exec_scenarios();
std::vector<Scenario> kill_scenarios();
std::vector<Scenario> other_scenarios();

/// Prints the result of a call and errno, and presets errno for the next call.
void say(const char* what, long result);

/// Prints the descriptors, threads, mask and dispositions of this process.
void say_state();

/// Waits for the child, and prints how it ended.
void say_end(int child);

}  // namespace fault
