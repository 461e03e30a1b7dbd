// SPDX-License-Identifier: MIT
#include "runtime.h"

#include <elf.h>

#include "audit.h"
#include "early.h"
#include "libc.h"
#include "own_path.h"
#include "recorder.h"
#include "reported.h"

extern "C" [[gnu::weak]] unsigned long getauxval(unsigned long type) noexcept;

namespace covenv {
namespace {

// No dynamic initialisation: hooks can run before any constructor of ours.
COVENV_EARLY constinit Runtime the_runtime;
// Its first fields are touched early, its text may be long.
[[gnu::section(".bss.covenv.first")]] constinit Remembered the_remembered;
constinit Remembered the_offered;
COVENV_EARLY constinit bool is_set = false;

bool runs_with_privileges() { return getauxval != nullptr && getauxval(AT_SECURE) != 0; }

void set_up(const char* const* arguments) {
  is_set = true;
  note_next_libraries();
  char*** const environment = environ_variable();
  if (environment == nullptr || *environment == nullptr || runs_with_privileges()) return;
  for (char** entry = *environment; *entry != nullptr; ++entry) {
    apply_setting(the_runtime.settings, *entry);
  }
  if (the_runtime.settings.disabled) return;
  the_runtime.own_path = own_path();
  the_remembered.learn(*environment, the_runtime.settings);
  the_runtime.inert = false;
  join_session(*environment);
  forget_former_process();
  record_loaded(*environment, arguments);
  watch_python();
}

/// glibc gives a constructor what main() gets, musl nothing, which is to say anything. Where the
/// two arrays lie as the kernel lays them, and the second is `environ`, it was glibc.
[[gnu::constructor]] void on_load(int count, char** arguments, char** environment) {
  if (is_set) return;
  char*** const known = environ_variable();
  const bool is_given = known != nullptr && environment != nullptr && *known == environment &&
                        count >= 0 && arguments + count + 1 == environment;
  set_up(is_given ? arguments : nullptr);
}

}  // namespace

const Runtime& runtime() {
  if (!is_set) set_up(nullptr);
  return the_runtime;
}

Remembered& remembered() { return the_remembered; }

Remembered& offered() { return the_offered; }

}  // namespace covenv
