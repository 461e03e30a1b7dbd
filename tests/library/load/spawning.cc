// SPDX-License-Identifier: MIT
#include <atomic>
#include <thread>
#include <vector>

#include "children.h"
#include "load.h"

namespace load {
namespace {

constexpr int kWarmUp = 200;

}  // namespace

json spawn_one_by_one(int count) {
  const Leaf leaf;
  for (int i = 0; i < kWarmUp; ++i) static_cast<void>(leaf.run());
  const int descriptors = open_descriptors();
  const long data = memory("VmData:");
  // RssAnon leaves out the pages of a session, which all writers share.
  const long resident = memory("RssAnon:");
  int carried = 0;
  int failed = 0;
  for (int i = 0; i < count; ++i) {
    const int status = leaf.run();
    if (was_carried(status)) ++carried;
    if (without_carried(status) != 0) ++failed;
  }
  return {{"same", {{"failed", failed}, {"more_descriptors", open_descriptors() - descriptors}}},
          {"carried", carried},
          {"more_data_kib", memory("VmData:") - data},
          {"more_resident_kib", memory("RssAnon:") - resident}};
}

json spawn_from_64_threads(int count) {
  const Leaf leaf;
  std::atomic<int> carried{0};
  std::atomic<int> failed{0};
  const int descriptors = open_descriptors();
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < count; ++j) {
        const int status = leaf.run();
        if (was_carried(status)) ++carried;
        if (without_carried(status) != 0) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return {
      {"same", {{"failed", failed.load()}, {"more_descriptors", open_descriptors() - descriptors}}},
      {"carried", carried.load()}};
}

}  // namespace load
