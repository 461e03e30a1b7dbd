// SPDX-License-Identifier: MIT
// The start of the library in a process: by the constructor, or by a hook that runs before it.
#include <elf.h>
#include <link.h>

#include "shim/audit/python_watch.h"
#include "shim/core/system_library.h"
#include "shim/kill/masked_status.h"
#include "shim/loader/libc.h"
#include "shim/loader/library_path.h"
#include "shim/loader/loaded_objects.h"
#include "shim/native/keep_counters.h"
#include "shim/runtimes/runtimes.h"
#include "shim/saver/saver.h"
#include "shim/session/current_test.h"
#include "shim/session/recorder.h"
#include "shim/state/runtime.h"

extern "C" [[gnu::weak]] unsigned long getauxval(unsigned long type) noexcept;

namespace covenv {
namespace {

bool runs_with_privileges() { return getauxval != nullptr && getauxval(AT_SECURE) != 0; }

/// Whether the object runs code at its start beside what each object runs. Counters of a compiler
/// bring a constructor for each object file, or for their runtime.
bool has_constructors_of_its_own(const link_map& object) {
  if (object.l_ld == nullptr) return false;
  for (const ElfW(Dyn)* entry = object.l_ld; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_INIT_ARRAYSZ) return entry->d_un.d_val > sizeof(void*);
  }
  return false;
}

/// Whether the program, or a library that it is linked to, may have counters.
bool may_have_counters() {
  const link_map* const program = first_object();
  for (const link_map* object = program; object != nullptr; object = object->l_next) {
    const bool is_looked_at = object == program || !is_system_library(object->l_name);
    if (is_looked_at && has_constructors_of_its_own(*object)) return true;
  }
  return false;
}

/// glibc passes main()'s arguments to a constructor; musl passes none, so that these hold anything.
/// They are main()'s if the arrays lie as the kernel lays them out, and the second is `environ`.
[[gnu::constructor]] void on_load(int count, char** arguments, char** environment) {
  char*** const known = environ_variable();
  const bool is_given = known != nullptr && environment != nullptr && *known == environment &&
                        count >= 0 && arguments + count + 1 == environment;
  start_runtime(is_given ? arguments : nullptr);
}

}  // namespace

void set_up(Runtime& runtime, const char* const* arguments) {
  note_next_libraries();
  char*** const environment = environ_variable();
  if (environment == nullptr || *environment == nullptr || runs_with_privileges()) return;
  for (char** entry = *environment; *entry != nullptr; ++entry) {
    apply_setting(runtime.settings, *entry);
  }
  if (runtime.settings.disabled) return;
  runtime.own_path = own_path();
  remembered().learn(*environment, runtime.settings);
  runtime.inert = false;
  join_session(*environment);
  forget_former_process();
  follow_tests_in(environment);
  record_loaded(*environment, arguments);
  if (may_have_counters()) note_own_program();
  watch_python();
  const RuntimeKind kind = find_measuring_runtime(arguments, *environment, arm_saver);
  if (kind != RuntimeKind::kNone) arm_saver(kind);
}

}  // namespace covenv
