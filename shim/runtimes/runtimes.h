// SPDX-License-Identifier: MIT
// The runtimes beside CPython whose processes save when they are asked. Each has a folder here, and
// answers four questions:
//
// 1. Does it measure here?  measures(), called once, by the constructor. Only proof counts. If the
//                           start proves nothing, measures_now() is asked before each save.
// 2. How does it save?      Three ways, by the thread that can do it: the thread that the ask has
//                           interrupted, the saver's thread, a thread that is about to leave.
// 3. What ends the save?    The caller's SaveEnd: a process that was asked dies in it.
// 4. What can it not save?  The header says it, with the reason that a report tells.
//
// A new runtime is a folder, an enumerator of RuntimeKind, and a case in each function of
// runtimes.cc.
#pragma once

#include <cstdint>
#include <string_view>

#include "shim/core/runtime_kind.h"
#include "shim/session/events.h"

namespace covenv {

/// What is known of a program before its first instruction. NULL-terminated arrays.
struct ProgramStart {
  const char* const* arguments;  ///< nullptr: unknown
  const char* const* environment;
  std::string_view name = {};  ///< what stands behind the last slash of argv[0]; empty: unknown
};

/// The thread that a signal has interrupted.
struct Interruption {
  bool is_main_thread = false;
  /// In a system call that waits, so that no lock of malloc's is held. Not a wait for a lock.
  bool waits_in_kernel = false;
};

/// Where a function that has a hook was called.
struct CallSite {
  const void* return_address;
  const void* frame;  ///< of the hook: a pair of the caller's frame and the return address
};

/// Called when the save is over. Does not return in a process that was asked, except in the init of
/// a pid namespace, which no signal from inside ends.
using SaveEnd = void (*)(SaveResult result);

/// Called later if a runtime tells only after its start that it measures.
using SaverArmer = void (*)(RuntimeKind kind);

/// The runtime that measures in this process; kNone if there is no proof yet. Calls dlsym(), so it
/// is for the constructor alone.
RuntimeKind find_measuring_runtime(const char* const* arguments, const char* const* environment,
                                   SaverArmer arm_later);

/// Whether a program of this kind, as find_measuring_runtime() told it, measures now: the start of
/// some (Ruby) does not tell. Async-signal-safe.
bool measures_now(RuntimeKind kind);

/// Whether programs of this kind fork workers that run on in the same program. Such a child has the
/// saver made ready again.
bool forks_workers(RuntimeKind kind);

/// The ask's handler calls this: at the ask, and at each nudge(). Saves here if that is safe.
void save_where_interrupted(RuntimeKind kind, const Interruption& where, SaveEnd end);

/// Saves on the saver's thread, or has another thread save; returns if the time is over.
void save_from_saver_thread(RuntimeKind kind, std::int64_t timeout_ns, SaveEnd end);

/// Saves on the calling thread, which is about to leave by `_exit()`, `abort()` or a signal to
/// itself. kNone if this thread cannot save. Other threads may save as well, within the time, and
/// then wait for the end of the process, or for release_threads().
SaveResult save_on_leaving_thread(RuntimeKind kind, std::int64_t timeout_ns);
void release_threads(RuntimeKind kind);

/// Whether the program itself has called kill(), by a function of its runtime's. False for a
/// handler of crashes, which may run on a small stack and amid broken memory.
bool is_own_kill(RuntimeKind kind, const void* return_address);

/// Whether the start of a program of this kind tells that it measures, so that its coverage is lost
/// if its saver cannot be made ready.
bool is_told_to_measure(RuntimeKind kind);

/// Whether the program itself has called abort(), by a function of its runtime's. False for an
/// abort by the runtime, whose state is unknown then.
bool is_own_abort(RuntimeKind kind, const CallSite& site);

/// The same before an own abort. `on_fatal_error` is called in the place of the result if the
/// runtime cannot go on.
SaveResult save_before_abort(RuntimeKind kind, std::int64_t timeout_ns, SaveEnd on_fatal_error);

/// Saves on the saver's thread, because another one ends the runtime by a function of the runtime:
/// Runtime.halt(). kNone if the runtime has saved by itself.
SaveResult save_before_halt(RuntimeKind kind);

/// Ends a save in a runtime that has come to its normal end meanwhile: exit() has been called. True
/// if the runtime has written its coverage by itself then.
bool ends_in_order(RuntimeKind kind);

/// Interrupts the main thread, whose handler calls save_where_interrupted().
void nudge();

}  // namespace covenv
