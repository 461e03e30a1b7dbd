// SPDX-License-Identifier: MIT
// The core by itself: what each exec computes, apart from system calls.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "shim/core/carry.h"
#include "shim/core/environment.h"
#include "shim/core/remembered.h"

namespace covenv {
namespace {

/// An environment as it comes: `size` entries, of which `carried` are.
class Entries {
 public:
  Entries(long size, long carried) {
    for (long i = 0; i < size; ++i) {
      texts_.push_back((i < carried ? "COV_NAME_" : "BUSINESS_") + std::to_string(i) +
                       "=twenty-four characters");
    }
    for (const std::string& text : texts_) pointers_.push_back(text.c_str());
    pointers_.push_back(nullptr);
  }
  const char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

void merge(const char* const* live, const char* const* child, const Settings& settings,
           std::vector<const char*>& slots, std::vector<char>& text) {
  Carried carried;
  select_carried(live, settings, carried);
  const Preload preload{.path = "/usr/local/lib/libcovenv.so", .wanted = true};
  const EnvironmentPlan plan(child, carried, preload);
  if (plan.slots() > slots.size()) slots.resize(plan.slots());
  if (plan.text_bytes() > text.size()) text.resize(plan.text_bytes());
  benchmark::DoNotOptimize(plan.write(slots.data(), text.data()));
}

/// A child that is given nothing, by a process of so many variables.
void merge_into_empty(benchmark::State& state) {
  const Entries live(state.range(0), 5);
  const char* const nothing[] = {nullptr};
  std::vector<const char*> slots(16);
  std::vector<char> text(256);
  const Settings settings;
  for (auto _ : state) merge(live.get(), nothing, settings, slots, text);
}
BENCHMARK(merge_into_empty)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000);

/// A child that is given all that there is.
void merge_into_same(benchmark::State& state) {
  const Entries live(state.range(0), 5);
  std::vector<const char*> slots(static_cast<std::size_t>(state.range(0)) + 16);
  std::vector<char> text(256);
  const Settings settings;
  for (auto _ : state) merge(live.get(), live.get(), settings, slots, text);
}
BENCHMARK(merge_into_same)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000);

/// 100 variables, of which so many are carried.
void merge_carried(benchmark::State& state) {
  const Entries live(100, state.range(0));
  std::vector<const char*> slots(128);
  std::vector<char> text(256);
  const Settings settings;
  for (auto _ : state) merge(live.get(), live.get(), settings, slots, text);
}
BENCHMARK(merge_carried)->Arg(1)->Arg(4)->Arg(16)->Arg(64);

/// 100 variables against so many patterns that begin as they do, and do not match.
void match_patterns(benchmark::State& state) {
  const Entries live(100, 5);
  std::string list = "COV*";
  for (long i = 1; i < state.range(0); ++i) list += ",B*" + std::to_string(i) + "Z";
  Settings settings;
  if (!settings.carry.assign(list)) state.SkipWithError("too long a list");
  for (auto _ : state) {
    Carried carried;
    select_carried(live.get(), settings, carried);
    benchmark::DoNotOptimize(carried);
  }
}
BENCHMARK(match_patterns)->Arg(1)->Arg(4)->Arg(16)->Arg(64);

/// What a process learns at its start, of so many variables.
void learn(benchmark::State& state) {
  const Entries live(state.range(0), 5);
  const Settings settings;
  for (auto _ : state) {
    static Remembered remembered;
    remembered.clear();
    remembered.learn(live.get(), settings);
    benchmark::DoNotOptimize(remembered);
  }
}
BENCHMARK(learn)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000);

}  // namespace
}  // namespace covenv
