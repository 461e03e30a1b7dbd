// SPDX-License-Identifier: MIT
#include "rooms_runtime.h"

namespace covenv {
namespace {

Runtime* the_runtime = nullptr;

}  // namespace

void set_up(Runtime& runtime, const char* const*) {
  runtime.inert = false;
  the_runtime = &runtime;
}

Runtime& testing::changeable_runtime() {
  runtime();
  return *the_runtime;
}

}  // namespace covenv
