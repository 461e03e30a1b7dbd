// SPDX-License-Identifier: MIT
#include "wrapper/common/settings.h"

#include <optional>

namespace covenv {

Settings settings_of(const char* const* environment,
                     const std::function<void(const SettingProblem&)>& complain) {
  Settings settings;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::optional<SettingProblem> problem = apply_setting(settings, *environment);
    if (problem && complain) complain(*problem);
  }
  return settings;
}

}  // namespace covenv
