// SPDX-License-Identifier: MIT
// The counted program: work NAME TIMES does one piece of fixed work so many times. The difference
// between two runs is the cost of the work alone.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "shim/core/carry.h"
#include "shim/core/environment.h"

namespace {

/// An environment of `size` entries, of which `carried` have names of coverage variables.
class Entries {
 public:
  Entries(int size, int carried) {
    for (int i = 0; i < size; ++i) {
      texts_.push_back((i < carried ? "COV_NAME_" : "BUSINESS_") + std::to_string(1000 + i) +
                       "=twenty-four characters..");
    }
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

constinit const covenv::Settings settings;

void merge(const char* const* live, const char* const* child) {
  using namespace covenv;  // NOLINT(google-build-using-namespace)
  Carried carried;
  select_carried(live, settings, carried);
  const Preload preload{.path = "/usr/local/lib/libcovenv.so", .wanted = true};
  const EnvironmentPlan plan(child, carried, preload);
  static const char* slots[512];
  static char text[512];
  if (plan.slots() > 512 || plan.text_bytes() > 512) std::abort();
  plan.write(slots, text);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view name = argv[1];
  Entries few(10, 3);
  Entries hundred(100, 5);
  Entries measured(100, 64);
  char* nothing[] = {nullptr};
  // The program cannot be executed, so the whole hook runs, and no process starts.
  char program[] = "./program";
  char* arguments[] = {program, nullptr};
  for (int i = std::atoi(argv[2]); i > 0; --i) {
    if (name == "merge into nothing") {
      merge(hundred.get(), nothing);
    } else if (name == "merge into the same") {
      merge(hundred.get(), hundred.get());
    } else if (name == "merge of 64 carried") {
      merge(measured.get(), measured.get());
    } else if (name == "exec hook" || name == "exec hook in a session" ||
               name == "exec hook in a test") {
      execve(program, arguments, few.get());
    } else if (name == "exec hook, 100 entries") {
      execve(program, arguments, hundred.get());
    } else if (name != "start") {
      return 2;
    }
  }
  return 0;
}
