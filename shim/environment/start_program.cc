// SPDX-License-Identifier: MIT
#include "shim/environment/start_program.h"

#include <alloca.h>
#include <linux/errno.h>

#include <string_view>

#include "shim/core/environment.h"
#include "shim/core/preload.h"
#include "shim/loader/libc.h"
#include "shim/loader/library_path.h"
#include "shim/loader/stack.h"
#include "shim/native/keep_counters.h"
#include "shim/proc/kernel.h"
#include "shim/saver/save_on_exit.h"
#include "shim/session/recorder.h"
#include "shim/state/confined.h"
#include "shim/state/offer.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

/// Whether COVENV_SKIP names the program; of a descriptor, the name by which its file was opened.
bool is_skipped(const Program& program, const Settings& settings) {
  if (settings.skip.empty()) return false;
  std::string_view name(program.path);
  char target[512];
  if (name.empty()) {
    const long size =
        kKernel.read_link(DescriptorPath(program.dirfd).c_str(), std::span<char>(target));
    if (size > 0) name = {target, static_cast<std::size_t>(size)};
  }
  const std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return settings.skip.matches(name);
}

/// posix_spawn() returns the error number, exec*() leaves it in errno.
bool was_too_big(int result) { return result == E2BIG || (result == -1 && get_errno() == E2BIG); }

bool is_sound(const Program& program, char* const* envp) {
  return program.path != nullptr && is_readable(program.path) &&
         (envp == nullptr || is_readable(envp));
}

int call_recorded(const Program& program, StartedProgram started, char* const* environment,
                  int (*call)(void* context, char* const* environment), void* context) {
  started.environment = environment;
  // Not recorded, because most candidates along PATH do not exist.
  if (started.image == Image::kUnknown) return call(context, environment);
  if (program.in_place) {
    ExecRecord record(started);
    const int result = call(context, environment);
    record.withdraw();
    return result;
  }
  const int result = call(context, environment);
  if (result == 0 && program.started != nullptr) record_spawned(*program.started, started);
  return result;
}

}  // namespace

int start_program(const Program& program, char* const* envp,
                  int (*call)(void* context, char* const* environment), void* context) {
  const Runtime& process = runtime();
  if (process.inert || is_confined() || !is_sound(program, envp)) return call(context, envp);

  if (program.in_place) save_before_exec(program);
  Image image = Image::kUnknown;
  Carried carried;
  Preload preload{.path = process.own_path, .wanted = false};
  if (!is_skipped(program, process.settings)) {
    const char* const* const live = *environ_variable();
    select_carried(live, process.settings, carried);
    const Remembered& last_known = remembered();
    const std::size_t size = last_known.text_size();
    if (last_known.knows_more_than(carried) && last_known.is_gone(live) && stack_can_hold(size)) {
      last_known.recall({static_cast<char*>(alloca(size)), size}, carried);
    }
    const std::size_t offered_size = offered().text_size();
    if (offered_size != 0 && !is_offer_withdrawn() && stack_can_hold(offered_size)) {
      offered().recall({static_cast<char*>(alloca(offered_size)), offered_size}, carried);
    }
    image = image_of(program, live);
    preload.wanted = may_load_us(image) && can_be_loaded(process.own_path);
  }

  // An exec that fails goes on with counters that would be saved once more at the end.
  if (program.in_place && image != Image::kUnknown) keep_own_counters_before_exec();
  const EnvironmentPlan plan(envp, carried, preload);
  const StartedProgram started{program.path, image, preload.wanted, carried, plan};
  const std::size_t slots_size = plan.slots() * sizeof(char*);
  if (plan.unchanged() || !stack_can_hold(slots_size + plan.text_bytes()))
    return call_recorded(program, started, envp, call, context);
  auto** const slots = static_cast<const char**>(alloca(slots_size));
  auto* const text = static_cast<char*>(alloca(plan.text_bytes()));
  const int errno_before = get_errno();
  const int result = call_recorded(
      program, started, const_cast<char* const*>(plan.write(slots, text)), call, context);
  if (!was_too_big(result)) return result;
  // Our additions may be too much.
  set_errno(errno_before);
  return call_recorded(program, started, envp, call, context);
}

}  // namespace covenv
