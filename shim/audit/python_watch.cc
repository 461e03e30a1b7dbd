// SPDX-License-Identifier: MIT
#include "shim/audit/python_watch.h"

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <string_view>

#include "shim/audit/coverage_variables.h"
#include "shim/audit/forks.h"
#include "shim/audit/late_start.h"
#include "shim/audit/light_start.h"
#include "shim/audit/make_offer.h"
#include "shim/audit/moment.h"
#include "shim/coverage/own_code.h"
#include "shim/coverage/own_saves.h"
#include "shim/coverage/python_sources.h"
#include "shim/coverage/save.h"
#include "shim/journal/journal.h"
#include "shim/journal/salvage.h"
#include "shim/loader/libc.h"
#include "shim/loader/loaded_objects.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/python/gil.h"
#include "shim/python/python_api.h"
#include "shim/python/python_object.h"
#include "shim/python/thread_starts.h"
#include "shim/saver/saver.h"
#include "shim/saver/signature.h"
#include "shim/session/recorder.h"
#include "shim/state/confined.h"
#include "shim/state/offer.h"
#include "shim/state/ownership.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

/// Whether coverage measures here, and a journal or the saver keeps its data.
constinit bool is_kept = false;

void arm() {
  if (!is_saver_armed() && prepare_python_save()) arm_saver(RuntimeKind::kPython);
  if (is_saver_armed()) follow_own_saves();
}

/// With `term` a killer terminates measured programs first, and knows them by the signature.
void show_to_killers() {
  if (runtime().settings.kill == KillMode::kTerm) install_signature(runtime().settings.signature);
}

// The Python code that we run makes events, too.
constinit std::atomic<bool> is_busy{false};
constinit long busy_thread = 0;

/// In a forked child, because the thread that was busy does not exist there.
void forget_busy_thread() {
  busy_thread = 0;
  is_busy.store(false);
}

void follow_forks_once() {
  static constinit bool is_following = false;
  if (!is_following) follow_forks(forget_busy_thread);
  is_following = true;
}

/// Gives a journal to each Coverage that measures, or arms the saver if one cannot have a journal.
void keep_what_measures(Moment moment) {
  // Another Coverage may have started since the last look.
  static bool is_current = false;
  const bool is_starting = moment == Moment::kTracingChanges;
  const bool is_measured = is_python_measured();
  if (is_confined() || (is_current && !is_starting) || !(is_measured || is_starting)) return;
  is_current = !is_starting;
  const Measuring measuring = !runtime().settings.journal ? Measuring::kWithout
                              : has_coverage()            ? follow_coverages(is_starting, arm)
                                                          : Measuring::kNothing;
  if (measuring == Measuring::kWithout && is_measured) arm();
  if (is_measured) follow_stops();
  if (measuring == Measuring::kWithJournal) show_to_killers();
  if (is_kept || (measuring != Measuring::kWithJournal && !is_saver_armed())) return;
  is_kept = true;
  follow_forks_once();
}

/// Whether C code of a program that embeds CPython runs its first Python code. Such a program does
/// not call Py_Main(), so the event of that is missing.
bool is_run_by_c() { return Py_IsInitialized() != 0 && PyEval_GetFrame() == nullptr; }

/// Whether site and its .pth files are done. Needed for a program that embeds CPython and begins by
/// an import, because importlib runs the first code then.
bool is_site_done() {
  PyObject* const site = imported_module("site");
  if (site == nullptr) return false;
  const PyRef is_starting = PyRef::attribute(site, "__spec__").attribute("_initializing");
  return is_starting && PyObject_IsTrue(is_starting.get()) == 0;
}

/// Whether site is about to import the last module before the program. Needed for a program that
/// embeds CPython and begins by code for which there is no event.
bool is_end_of_site(Moment moment, PyObject* arguments) {
  return moment == Moment::kImports && is_embedded() &&
         text_of_str(PyTuple_GetItem(arguments, 0)) == "sitecustomize";
}

/// Called when the program begins, and coverage does not measure yet, or does not know the folder
/// of its settings yet; and at the end of a wait, with what the process was at its start. Returns
/// whether coverage has started.
bool start_measuring(const AtStart* at_start) {
  if (at_start == nullptr && !carries_variable()) {
    if (!is_python_measured() && has_emptied_variable()) {
      record_unmeasured(WhyUnmeasured::kOptedOut);
    }
    return false;
  }
  const PyRef function = compile_function(kStartSource, "start_or_say_why");
  const PyRef has_place(PyBool_FromLong(static_cast<long>(has_place_at_exit())));
  const AtStart nothing = {python_none(), python_none()};
  const AtStart& known = at_start != nullptr ? *at_start : nothing;
  const PyRef arguments(
      PyTuple_Pack(4, known.variables, known.folder, has_place.get(), running_light()));
  const PyRef problem(function && arguments ? PyObject_CallObject(function.get(), arguments.get())
                                            : nullptr);
  const bool has_started = problem && problem.get() == python_none();
  if (has_started && at_start != nullptr) use_place_at_exit();
  if (!problem || has_started) return has_started;
  const char* const why = PyUnicode_AsUTF8(PyTuple_GetItem(problem.get(), 0));
  const char* const fix = PyUnicode_AsUTF8(PyTuple_GetItem(problem.get(), 1));
  if (why != nullptr && fix != nullptr) record_unmeasured(why, fix);
  return false;
}

int start_now(void*);

/// Makes the main thread start coverage between two steps of Python code.
void start_soon() {
  // CPython 3.8 prints an error if a call is added while it shuts down.
  if (PyInterpreterState_Get != nullptr) Py_AddPendingCall(start_now, nullptr);
}

constexpr int kMostSteps = 10'000;

/// A step of 1 ms.
void let_others_run() {
  constexpr timespec kStep = {.tv_sec = 0, .tv_nsec = 1'000'000};
  const GilRelease released;
  raw_syscall(SYS_nanosleep, to_register(&kStep), 0);
}

/// Makes whole coverage take over what the light start records.
bool promote(bool is_for_import) {
  // The child of a fork beside our imports would wait for their locks for ever.
  for (int i = 0; i < kMostSteps && is_another_thread_forking(); ++i) let_others_run();
  if (!is_light()) return false;
  if (is_forked_copy()) leave_journals_to_parent();
  // Coverage imports threading, which before 3.13 takes the importing thread for the main one.
  const bool can_start =
      is_for_import || can_start_here() || imported_module("threading") != nullptr;
  if (!can_start || !start_measuring(&start_of_process())) return false;
  leave_light();
  note_start(StartedAs::kWholeProgram);
  hand_journal_over();
  keep_what_measures(Moment::kTracingChanges);
  remove_journal_handed_over();
  return true;
}

bool promote_outside_of_events();

int promote_soon(void*) {
  promote_outside_of_events();
  return 0;
}

/// Called if the light start's journal can no longer be written: whole coverage can be asked.
void promote_later() { Py_AddPendingCall(promote_soon, nullptr); }

/// Whether whole coverage has to measure: the program imports it, or has an interpreter that does.
bool needs_whole(Moment moment, PyObject* arguments) {
  const TracingPause paused;
  // CPython 3.12 and 3.13 crash if another interpreter is the first one to import an extension
  // module.
  if (makes_interpreters(moment, arguments)) return true;
  const PyRef coverage = met_coverage(moment, arguments);
  return coverage && (running_light() == python_none() || is_coverage_of_run(coverage.get()));
}

bool prepare() {
  return prepare_light(start_of_process(), promote_outside_of_events, promote_later);
}

void end_wait_and_start(bool is_whole) {
  end_wait();
  const bool is_prepared = !is_whole && prepare();
  if (is_prepared && start_light()) {
    show_to_killers();
    follow_forks_once();
    return;
  }
  if (is_whole || is_prepared) note_start(StartedAs::kWholeProgram);
  drop_light();
  start_measuring(&start_of_process());
}

/// While the light start measures.
void act_on_light(Moment moment, PyObject* arguments) {
  if (!is_main_interpreter()) return;
  const TracingPause paused;
  // Once, because the program itself imports coverage after a promotion that has failed.
  static constinit bool has_tried = false;
  if (!has_tried && needs_whole(moment, arguments)) {
    has_tried = true;
    promote(true);
  }
  if (moment == Moment::kTracingChanges) look_for_a_stop_of_light_soon();
  if (moment == Moment::kThreadStarts) let_light_follow_threads();
  if (moment == Moment::kForks) note_fork();
}

void act_on(Moment moment, PyObject* arguments) {
  static constinit bool has_begun = false;
  // As early as a .pth file would have started coverage, because sitecustomize.py may register
  // functions, too.
  if (is_waiting_for_source() && !has_place_at_exit() && imported_module("site") != nullptr) {
    keep_place_at_exit();
  }
  const bool ends = is_waiting_for_source() && ends_wait(moment, arguments);
  const bool runs_code = moment == Moment::kCodeRuns;
  if (!has_begun && ((moment == Moment::kCodeRuns && (is_run_by_c() || is_site_done())) ||
                     is_end_of_site(moment, arguments))) {
    moment = Moment::kMainStarts;
  }
  has_begun = has_begun || moment == Moment::kMainStarts;
  if (moment == Moment::kCombines) {
    salvage_before(arguments);
    return;
  }
  if (moment == Moment::kMainStarts) {
    put_configuration_back();
    salvage_at_end();
  }
  const bool is_whole = ends && needs_whole(moment, arguments);
  if (ends && !can_start_here() && (is_whole || !can_start_light_on_any_thread())) {
    start_soon();
    return;
  }
  const bool begins = moment == Moment::kMainStarts && is_waiting_for_source();
  if (ends || (begins && runtime().settings.light && !prepare())) {
    const TracingPause paused;
    end_wait_and_start(is_whole);
  } else if (is_waiting_for_source()) {
    if (moment == Moment::kTracingChanges) {
      const TracingPause paused;
      note_change_before_light();
      start_soon();
    }
    if (begins && !runtime().settings.light) record_unmeasured(WhyUnmeasured::kNoSource);
    if (begins && !has_place_at_exit()) keep_place_at_exit();
    if (runs_code && has_begun) note_code_outside(arguments);
    return;
  } else if (moment == Moment::kMainStarts && (!is_python_measured() || carries_folder())) {
    start_measuring(nullptr);
  }
  if (is_light()) {
    act_on_light(moment, arguments);
    return;
  }
  const TracingPause paused;
  keep_what_measures(moment);
  if (moment == Moment::kForks) {
    // A fork during a save would orphan the save's locks in the child.
    wait_while_saving();
    note_fork();
  }
  if (!is_kept) return;
  if (moment == Moment::kTracingChanges) {
    // A Coverage that starts is not current yet during the event; one that stops is not any more.
    outdate_offer();
    if (start_of_process().variables != nullptr) note_trace_change();
    look_for_a_stop_soon();
    if (!is_python_measured()) offered().clear();
  } else if (is_main_interpreter() && (moment == Moment::kChildStarts || !is_offer_current())) {
    // The first event after a change: a Coverage that has started is current now.
    if (!is_offer_current()) look_for_a_stop_soon();
    make_offer();
    // For light starts as soon as coverage has started, because the suite may replace functions
    // later that make_light() calls.
    if (moment == Moment::kChildStarts || runtime().settings.light) {
      keep_code_for_children(run_of_journals(), make_light);
    }
  }
}

/// Holds signals back for the length of a scope: a handler of the program's would run in our Python
/// code, and what it raises would not reach the program. Not with an armed saver, because a killer
/// does not ask a process that blocks the signal, which would then die unsaved.
class SignalPause {
 public:
  SignalPause() {
    if (holds_) set(SIG_BLOCK, &kAll, &before_);
  }
  ~SignalPause() {
    if (holds_) set(SIG_SETMASK, &before_, nullptr);
  }
  SignalPause(const SignalPause&) = delete;
  SignalPause& operator=(const SignalPause&) = delete;

 private:
  using Mask = std::uint64_t;
  static constexpr Mask kAll = ~Mask{0};
  static void set(int how, const Mask* mask, Mask* before) {
    raw_syscall(SYS_rt_sigprocmask, how, to_register(mask), to_register(before), sizeof(Mask));
  }
  const bool holds_ = !is_saver_armed();
  Mask before_ = 0;
};

/// Waits until no other thread runs our code; at most 10 s, because that thread may wait for a lock
/// that this one has. Returns whether this one may.
bool become_busy() {
  const long thread = raw_syscall(SYS_gettid);
  for (int i = 0; is_busy.exchange(true); ++i) {
    if (i == kMostSteps || busy_thread == thread) return false;
    let_others_run();
  }
  busy_thread = thread;
  return true;
}

bool promote_outside_of_events() {
  const ErrnoGuard errno_guard;
  if (!become_busy()) return false;
  bool is_done = !is_light();
  if (!is_done) {
    const SignalPause held;
    const PyErrorGuard error_guard;
    const TracingPause paused;
    is_done = promote(false);
    PyErr_Clear();
  }
  busy_thread = 0;
  is_busy.store(false);
  return is_done;
}

void on_moment(Moment moment, PyObject* arguments) {
  if (moment == Moment::kForks) {
    // A child of a fork beside an import of ours would wait for the lock of that import for ever.
    if (!become_busy()) {
      note_fork();
      return;
    }
  } else if (makes_interpreters(moment, arguments)) {
    if (!become_busy()) return;
  } else if (is_busy.exchange(true)) {
    return;
  }
  {
    const ErrnoGuard errno_guard;
    const SignalPause held;
    const PyErrorGuard error_guard;
    busy_thread = raw_syscall(SYS_gettid);
    act_on(moment, arguments);
    busy_thread = 0;
    PyErr_Clear();
  }
  is_busy.store(false);
}

int start_now(void*) {
  if (is_waiting_for_source()) on_moment(Moment::kThreadStarts, nullptr);
  return 0;
}

void on_thread_start() {
  if (is_waiting_for_source() || is_light()) on_moment(Moment::kThreadStarts, nullptr);
}

/// Whether a thread takes over the trace function that coverage has set for threads. We run no
/// Python code then, because another thread that came to the same point would die: up to 3.11,
/// CPython lets one thread change its trace function at a time.
bool is_trace_of_new_thread() {
  const PyErrorGuard guard;
  PyRef frame = PyRef::shared(static_cast<PyObject*>(PyEval_GetFrame()));
  // start() of the tracer in Python, _start_tracer(), _installation_trace()
  for (int depth = 0; depth < 3 && frame; ++depth) {
    const PyRef code = frame.attribute("f_code");
    const PyRef file_name = code.attribute("co_filename");
    const PyRef function_name = code.attribute("co_name");
    const std::string_view file = text_of_str(file_name.get());
    const std::string_view function = text_of_str(function_name.get());
    if (file.ends_with("/threading.py")) return function == "_bootstrap_inner";
    const bool is_of_collector = file.ends_with("/coverage/collector.py");
    if (is_of_collector && function == "_installation_trace") return true;
    if (!is_of_collector && !file.ends_with("/coverage/pytracer.py")) return false;
    frame = frame.attribute("f_back");
  }
  return false;
}

/// Moments at which a process does nothing that measures, or that is not to measure.
bool is_for_waiting_alone(Moment moment) {
  return moment == Moment::kCodeIsMade || moment == Moment::kFunctionIsMade ||
         moment == Moment::kImports || moment == Moment::kAttributeIsSet ||
         moment == Moment::kThreadStarts || moment == Moment::kIsWatched ||
         moment == Moment::kInterpreterStarts;
}

/// Whether the calling interpreter may have a lock of its own, beside which our objects, which are
/// the main interpreter's, must not be used. Coverage's C tracer cannot be loaded in such a one.
bool may_run_beside_main() {
  if (!are_interpreters_apart() || is_main_interpreter()) return false;
  const PyErrorGuard guard;
  return imported_module("coverage.tracer") == nullptr;
}

int on_event(const char* event, PyObject* arguments, void*) {
  if (is_configuration_hidden() && show_configuration()) watch_thread_starts(on_thread_start);
  const Moment moment = moment_of(event);
  if (moment == Moment::kNone) return 0;
  const bool concerns_light = moment == Moment::kImports || moment == Moment::kThreadStarts ||
                              moment == Moment::kInterpreterStarts;
  const bool is_waited_for = is_waiting_for_source() || (is_light() && concerns_light) ||
                             (!is_kept && is_end_of_site(moment, arguments));
  if (is_for_waiting_alone(moment) && !is_waited_for) return 0;
  if (moment == Moment::kCodeRuns && is_kept && is_offer_current()) return 0;
  if (moment == Moment::kTracingChanges && is_kept && is_trace_of_new_thread()) return 0;
  if (may_run_beside_main()) return 0;
  on_moment(moment, arguments);
  return 0;
}

PyObject* (*initialise_posix)() = nullptr;

/// PySys_AddAuditHook() before the interpreter's pre-initialisation makes `-X dev` and
/// PYTHONMALLOC=debug abort. It is safe from the start of the first built-in module on.
PyObject* initialise_posix_and_watch() {
  static constinit bool is_watching = false;
  if (!is_watching) {
    is_watching = true;
    PySys_AddAuditHook(on_event, nullptr);
    hide_configuration();
  }
  return initialise_posix();
}

/// For CPython up to 3.7. Not called in an interpreter that only prints its version.
PyObject* initialise_posix_and_tell() {
  static constinit bool is_told = false;
  if (!is_told) {
    is_told = true;
    record_unmeasured("covenv cannot see what coverage does in a Python before 3.8",
                      "run it by Python 3.8 or newer");
  }
  return initialise_posix();
}

/// Makes CPython call `initialise` in the place of posix's own initialisation.
void at_start(PyObject* (*initialise)()) {
  PythonModule* module = python_modules();
  for (; module != nullptr && module->name != nullptr; ++module) {
    if (std::string_view(module->name) != "posix" || module->initialise == nullptr) continue;
    initialise_posix = module->initialise;
    module->initialise = initialise;
    return;
  }
}

bool has_audit_events() {
  return python_modules() != nullptr && PySys_AddAuditHook != nullptr && PyErr_Fetch != nullptr;
}

}  // namespace

void meet_python(const void* caller) {
  if (runtime().inert || PyGILState_Ensure != nullptr) return;
  const ErrnoGuard errno_guard;
  const link_map* const object = object_at(caller);
  if (object == nullptr || !find_python_in(*object) || !holds_gil()) return;
  if (PySys_AddAuditHook != nullptr && PyErr_Fetch != nullptr) {
    PySys_AddAuditHook(on_event, nullptr);
  }
}

void watch_python() {
  if (!find_python()) return;
  if (has_audit_events()) {
    at_start(initialise_posix_and_watch);
  } else if (carries_variable()) {
    at_start(initialise_posix_and_tell);
  }
}

}  // namespace covenv
