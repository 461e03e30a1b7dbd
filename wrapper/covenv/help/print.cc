// SPDX-License-Identifier: MIT
#include "wrapper/covenv/help/print.h"

#include <cstdio>
#include <stdexcept>

namespace covenv {

void print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw std::runtime_error("cannot write to standard output");
  }
}

}  // namespace covenv
