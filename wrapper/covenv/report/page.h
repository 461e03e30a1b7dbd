// SPDX-License-Identifier: MIT
// The files of page/, put together by the build.
#pragma once

#include <string_view>

namespace covenv::report {

extern const std::string_view kPageBeforeReport;
extern const std::string_view kPageAfterReport;

}  // namespace covenv::report
