// SPDX-License-Identifier: MIT
#include "shim/runtimes/jvm/jvm.h"

#include "shim/proc/kernel.h"
#include "shim/runtimes/jvm/jacoco_agent.h"
#include "shim/runtimes/jvm/jni.h"
#include "shim/runtimes/jvm/options.h"
#include "shim/runtimes/jvm/shutdown_hooks.h"
#include "shim/runtimes/jvm/started.h"
#include "shim/runtimes/symbol.h"
#include "shim/session/recorder.h"

namespace covenv::jvm {
namespace {

constinit bool keeps_data = false;
constinit bool is_told = false;
constinit pid_t process = 0;  // whose VM it is: a forked child has none

}  // namespace

bool measures_now() { return process == own_pid(); }
bool is_told_to_measure() { return is_told; }

namespace {

/// A machine that a thread may join, else what a save comes to.
struct FoundMachine {
  Machine* vm = nullptr;
  SaveResult without = SaveResult::kNothing;

  Environment* attach() const { return vm != nullptr ? vm->attach("covenv") : nullptr; }
};

FoundMachine find_machine() {
  std::int32_t (*get_machines)(Machine**, std::int32_t size, std::int32_t * count) = nullptr;
  if (!measures_now() || !look_up(get_machines, "JNI_GetCreatedJavaVMs")) return {};
  Machine* found = nullptr;
  std::int32_t count = 0;
  if (get_machines(&found, 1, &count) != 0 || count != 1) return {};
  switch (look_at_start()) {
    case VmStart::kGoesOn:
      return {};
    case VmStart::kIsOver:
      return {.vm = found};
    case VmStart::kIsUnknown:
      return {.without = SaveResult::kFailed};
  }
  return {};
}

SaveResult dump(Environment& java) {
  Object* const agent = find_agent(java);
  if (agent == nullptr) {
    java.forget_exception();
    return SaveResult::kNothing;
  }
  record_saving();
  Method* const dump = java.method(java.class_of(agent), "dump", "(Z)V");
  const Value without_reset = {.boolean = 0};
  if (dump != nullptr) java.call_void(agent, dump, &without_reset);
  const bool has_failed = java.has_exception();
  java.forget_exception();
  if (has_failed) return SaveResult::kFailed;
  return keeps_data ? SaveResult::kDone : SaveResult::kNoFile;
}

/// By whatever measures here.
SaveResult save(Environment& java) {
  const SaveResult by_jacoco = dump(java);
  if (by_jacoco == SaveResult::kFailed) return by_jacoco;
  const SaveResult by_hooks = run_hooks_that_save(java);
  return by_hooks == SaveResult::kNothing ? by_jacoco : by_hooks;
}

}  // namespace

bool measures(const ProgramStart& start) {
  const FoundOptions found = find_coverage(start);
  if (!found.may_measure || !is_launcher()) return false;
  keeps_data = found.keeps_data;
  is_told = found.is_told;
  process = own_pid();
  return true;
}

void save_from_saver_thread(SaveEnd end) {
  const FoundMachine machine = find_machine();
  Environment* const java = machine.attach();
  end(java != nullptr ? save(*java) : machine.without);
}

// The thread may be in the middle of the VM's own code.
SaveResult save_on_leaving_thread() {
  const FoundMachine machine = find_machine();
  return machine.vm == nullptr ? machine.without : SaveResult::kNone;
}

SaveResult save_before_halt() {
  const FoundMachine machine = find_machine();
  Environment* const java = machine.attach();
  if (java == nullptr) return machine.without;
  const SaveResult result = is_shutting_down(*java) ? SaveResult::kNone : save(*java);
  machine.vm->detach();
  return result;
}

}  // namespace covenv::jvm
