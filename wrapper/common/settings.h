// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "shim/core/settings.h"

namespace covenv {

/// The COVENV_* settings of an environment, which ends with a null pointer. `complain` is called
/// for each entry that makes no sense, and so is not used.
Settings settings_of(const char* const* environment,
                     const std::function<void(const SettingProblem&)>& complain = nullptr);

}  // namespace covenv
