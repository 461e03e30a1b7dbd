// SPDX-License-Identifier: MIT
// Bytes as a command line and, behind the command, an environment, cut at each NUL. The grace is
// never negative, and other variables change nothing.
#include <string>

#include "fuzz.h"
#include "shim/core/wrapper_grace.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  covenv::WrapperGrace grace;
  bool is_option = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::string part(text.c_str() + at);
    at += part.size() + 1;
    if (is_option) {
      is_option = grace.take_argument(part);
    } else {
      grace.take_variable(part.c_str());
    }
  }
  require(grace.grace() >= 0, "the time is none below 0");
  const std::int64_t before = grace.grace();
  grace.take_variable("OTHER=--grace=9s");
  require(grace.grace() == before, "other variables change nothing");
  return 0;
}
