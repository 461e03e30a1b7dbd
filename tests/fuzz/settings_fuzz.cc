// SPDX-License-Identifier: MIT
// Bytes as environment entries. Whatever they say, the settings stay valid for the shim.
#include <algorithm>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "fuzz.h"
#include "shim/core/duration.h"
#include "shim/core/settings.h"

namespace covenv {
namespace {

/// The first byte chooses a text that is put before the rest.
constexpr std::string_view kVariables[] = {"",
                                           "COVENV_",
                                           "COVENV_DISABLE=",
                                           "COVENV_CARRY=",
                                           "COVENV_SKIP=",
                                           "COVENV_KILL=",
                                           "COVENV_GRACE=",
                                           "COVENV_SIGNALS=",
                                           "COVENV_SIGNATURE=",
                                           "COVENV_STATUS="};

std::vector<int> numbers(const SignalList& list) { return {list.begin(), list.end()}; }

auto contents(const Settings& settings) {
  return std::tuple(settings.disabled, settings.kill, settings.grace_ns, numbers(settings.signals),
                    numbers(settings.signature), settings.real_status, settings.carry.empty(),
                    settings.carry.matches("COV_X"), settings.skip.empty());
}

bool is_within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check(const char* entry) {
  Settings settings;
  const std::optional<SettingProblem> problem = apply_setting(settings, entry);
  const std::string_view whole(entry);
  if (problem) {
    require(contents(settings) == contents(Settings()), "a problem changes nothing");
    require(is_within(problem->variable, whole) && is_within(problem->value, whole),
            "a problem points into the entry");
    require(!problem->fix.empty(), "a problem can be fixed");
  }
  require(settings.grace_ns >= 0 && settings.grace_ns != kForever, "the grace is over one day");
  require(settings.signals.count >= 1 && settings.signals.count <= SignalList::kCapacity,
          "there is a signal to ask with");
  for (const int number : settings.signals) {
    require(number >= 1 && number <= 64 && number != SIGKILL && number != SIGSTOP,
            "signals to ask with can be caught");
  }
  require(settings.signature.count == 2, "a signature is two signals");
  require(settings.signature.number[0] >= 36 && settings.signature.number[1] <= 63 &&
              settings.signature.number[1] - settings.signature.number[0] >= 2,
          "signals of the signature have neighbours of their own");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const std::string_view text = whole.substr(i);
    require(!settings.carry.matches(text) || settings.carry.can_start_with(text.front()),
            "can_start_with is never wrong about a match");
  }
}

}  // namespace
}  // namespace covenv

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string entry(covenv::kVariables[data[0] % std::size(covenv::kVariables)]);
  entry.append(reinterpret_cast<const char*>(data + 1), size - 1);
  // A block of exactly this size: the first byte read beyond the NUL is an error.
  const auto exact = std::make_unique<char[]>(entry.size() + 1);
  std::copy(entry.begin(), entry.end(), exact.get());
  covenv::check(exact.get());
  return 0;
}
