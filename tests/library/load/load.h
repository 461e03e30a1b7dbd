// SPDX-License-Identifier: MIT
// What load_probe does much of. Every scenario gets how much, and gives an object: "same" is what
// has to be equal without and with the library, the rest is judged by the test.
#pragma once

#include <nlohmann/json.hpp>

namespace load {

using nlohmann::json;

json spawn_one_by_one(int count);       ///< `count` spawns and waits; what they cost in memory
json spawn_from_64_threads(int count);  ///< `count` spawns by each thread
json kill_one_by_one(int count);
json kill_a_group(int count);
json kill_a_marked_group(int count);  ///< the members look measured, and end when they are asked
json spawn_in_a_storm(int count);     ///< a signal every 50 us, with and without SA_RESTART
json kill_in_a_storm(int count);
json use_a_small_stack(int count);  ///< every family of hooks on a stack of 16 KiB
json argument_limit(int count);     ///< the most arguments that the kernel takes
json large_environment(int count);  ///< an environment of `count` KiB

}  // namespace load
