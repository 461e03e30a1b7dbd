// SPDX-License-Identifier: MIT
// Bytes -> a child's environment, a runner's environment, a library path; then what has to hold for
// every plan: nothing lost, nothing reordered, and nothing left to do the second time.
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "environment_vector.h"
#include "fuzz.h"
#include "shim/core/entry.h"
#include "shim/core/environment.h"

namespace covenv {
namespace {

using testing::EnvironmentVector;

/// The texts that non-letters stand for, because the fuzzer would hardly find them by chance.
constexpr std::string_view kTokens[] = {
    "COV_CORE_SOURCE=",
    "COV_CORE_CONFIG=",
    "COVERAGE_PROCESS_START=",
    "COVERAGE_PROCESS_CONFIG=",
    "COVENV_DISABLE=",
    "LD_PRELOAD=",
    "GCOV_PREFIX=",
    "GCOV_PREFIX_STRIP=",
    "NYC_CONFIG=",
    "GOCOVERDIR=",
    "RUBYOPT=",
    "simplecov",
    "/o/libcovenv.so",
    "./libcovenv.so",
    "libcovenv.so",
    "/a.so",
    ":",
    " ",
    "=",
    "1",
};
/// The two numbers that come after the tokens': one ends an entry, one the child's environment.
constexpr std::size_t kEndOfEntry = std::size(kTokens);
constexpr std::size_t kEndOfChild = kEndOfEntry + 1;

struct Input {
  bool wanted;
  bool child_is_null;
  std::string_view path;
  std::vector<std::string> child;
  std::vector<std::string> runner;
};

Input parse(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kPaths[] = {"/o/libcovenv.so", "libcovenv.so", "./libcovenv.so", ""};
  const std::uint8_t flags = size != 0 ? data[0] : 0;
  Input input{(flags & 1U) != 0, (flags & 2U) != 0, kPaths[flags >> 2U & 3U], {}, {}};
  std::vector<std::string>* target = &input.child;
  std::string entry;
  for (std::size_t i = 1; i < size; ++i) {
    const bool is_literal = data[i] >= '0' && data[i] <= 'z';
    const std::size_t token = data[i] % (kEndOfChild + 1);
    if (is_literal) {
      entry += static_cast<char>(data[i]);
    } else if (token < kEndOfEntry) {
      entry += kTokens[token];
    } else {
      target->push_back(entry);
      entry.clear();
      if (token == kEndOfChild) target = &input.runner;
    }
  }
  target->push_back(entry);
  return input;
}

bool is_preload(std::string_view entry) { return entry.starts_with("LD_PRELOAD="); }

/// Copies the result of a plan. The plan gets memory of exactly the size that it asks for, so that
/// AddressSanitizer sees a write beyond.
std::vector<std::string> applied(const EnvironmentPlan& plan) {
  const auto slots = std::make_unique<const char*[]>(plan.slots());
  const auto text = std::make_unique<char[]>(plan.text_bytes());
  std::vector<std::string> result;
  for (const char** entry = plan.write(slots.get(), text.get()); *entry != nullptr; ++entry) {
    result.emplace_back(*entry);
  }
  return result;
}

void check(const Input& input) {
  const Preload preload{.path = input.path, .wanted = input.wanted};
  EnvironmentVector runner = EnvironmentVector::of(input.runner);
  Carried carried;
  select_carried(runner.get(), Settings(), carried);
  const std::vector<std::string> given =
      input.child_is_null ? std::vector<std::string>() : input.child;
  EnvironmentVector child = EnvironmentVector::of(given);
  const EnvironmentPlan plan(input.child_is_null ? nullptr : child.get(), carried, preload);
  if (plan.unchanged()) return;
  const std::vector<std::string> result = applied(plan);
  require(result != given, "a plan that is not `unchanged` changes something");

  // The result starts with the child's entries in their order. LD_PRELOAD may be edited or dropped.
  std::size_t at = 0;
  for (const std::string& entry : given) {
    if (at < result.size() && result[at] == entry) {
      ++at;
    } else {
      require(is_preload(entry), "an entry of the child's is changed");
      if (at < result.size() && is_preload(result[at])) ++at;
    }
  }
  // Then come carried entries in their order, which the child lacks, and at most one LD_PRELOAD.
  std::size_t next = 0;
  for (; at < result.size() && !is_preload(result[at]); ++at) {
    while (next < carried.count() && result[at] != carried[next]) ++next;
    require(next < carried.count(), "what is added is carried, in its order, once");
    for (const std::string& entry : given) {
      require(
          value_of(entry.c_str()) == nullptr || name_of(entry.c_str()) != name_of(carried[next]),
          "an explicit value wins");
    }
    ++next;
  }
  require(at == result.size() || (at + 1 == result.size() && input.wanted && !input.path.empty()),
          "the preload list is added last, and only where it is wanted");

  EnvironmentVector again = EnvironmentVector::of(result);
  require(EnvironmentPlan(again.get(), carried, preload).unchanged(),
          "a plan has nothing to do to its own result");
}

}  // namespace
}  // namespace covenv

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  covenv::check(covenv::parse(data, size));
  return 0;
}
