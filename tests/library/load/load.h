// SPDX-License-Identifier: MIT
// The scenarios of load_probe. Each repeats its work `count` times and returns an object. The value
// of "same" has to be equal without and with the library; test_load.py judges the others.
#pragma once

#include <nlohmann/json.hpp>

namespace load {

using nlohmann::json;

json spawn_one_by_one(int count);       ///< `count` spawns and waits; what they cost in memory
json spawn_from_64_threads(int count);  ///< `count` spawns by each thread
json kill_one_by_one(int count);
json kill_a_group(int count);
json kill_a_marked_group(int count);  ///< members that look measured, and end when they are asked
json spawn_in_a_storm(int count);     ///< a signal every 50 us, with and without SA_RESTART
json kill_in_a_storm(int count);
json use_a_small_stack(int count);  ///< every family of hooks on a stack of 16 KiB
json argument_limit(int count);     ///< the most arguments that the kernel takes
json large_environment(int count);  ///< an environment of `count` KiB

}  // namespace load
