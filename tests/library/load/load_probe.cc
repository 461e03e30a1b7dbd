// SPDX-License-Identifier: MIT
// load_probe SCENARIO COUNT: prints the result of a scenario as a line of JSON.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "load.h"

int main(int argc, char** argv) {
  const std::map<std::string, load::json (*)(int)> scenarios = {
      {"spawn_one_by_one", load::spawn_one_by_one},
      {"spawn_from_64_threads", load::spawn_from_64_threads},
      {"kill_one_by_one", load::kill_one_by_one},
      {"kill_a_group", load::kill_a_group},
      {"kill_a_marked_group", load::kill_a_marked_group},
      {"spawn_in_a_storm", load::spawn_in_a_storm},
      {"kill_in_a_storm", load::kill_in_a_storm},
      {"use_a_small_stack", load::use_a_small_stack},
      {"argument_limit", load::argument_limit},
      {"large_environment", load::large_environment},
  };
  const auto scenario = argc == 3 ? scenarios.find(argv[1]) : scenarios.end();
  if (scenario == scenarios.end()) {
    std::fputs("usage: load_probe SCENARIO COUNT\n", stderr);
    return 2;
  }
  std::cout << scenario->second(std::atoi(argv[2])).dump() << std::endl;
  return 0;
}
