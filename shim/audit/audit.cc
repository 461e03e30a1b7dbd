// SPDX-License-Identifier: MIT
#include "audit.h"

#include <atomic>
#include <string_view>

#include "core/carry.h"
#include "core/entry.h"
#include "gil.h"
#include "journal.h"
#include "libc.h"
#include "loaded_objects.h"
#include "own_filter.h"
#include "own_saves.h"
#include "python_api.h"
#include "python_object.h"
#include "python_sources.h"
#include "recorder.h"
#include "runtime.h"
#include "salvage.h"
#include "saver.h"
#include "saver_python.h"
#include "signature.h"

namespace covenv {
namespace {

constexpr int kNoArguments = 4;  // METH_NOARGS

enum class Moment : unsigned char {
  kNone,
  kMainStarts,  ///< site and its .pth files are done, the program comes next
  kCodeRuns,    ///< exec(): how modules and `coverage run` start what they run
  kChildStarts,
  kForks,
  kTracingChanges,  ///< coverage starts or stops, a thread is born
  kCombines,        ///< glob.glob(): coverage looks for data files, to combine or to erase them
};

Moment moment_of(const char* name) {
  const std::string_view event(name);
  switch (*name) {
    case 'c':
      return event.starts_with("cpython.run_") ? Moment::kMainStarts : Moment::kNone;
    case 'g':
      return event == "glob.glob" ? Moment::kCombines : Moment::kNone;
    case 'e':
      return event == "exec" ? Moment::kCodeRuns : Moment::kNone;
    case 's':
      if (event == "sys.settrace" || event.starts_with("sys.monitoring.")) {
        return Moment::kTracingChanges;
      }
      return event == "subprocess.Popen" ? Moment::kChildStarts : Moment::kNone;
    case 'p':
      return event == "pty.spawn" ? Moment::kChildStarts : Moment::kNone;
    case 'o':
      if (event == "os.fork" || event == "os.forkpty") return Moment::kForks;
      return event == "os.exec" || event == "os.posix_spawn" || event == "os.spawn" ||
                     event == "os.system"
                 ? Moment::kChildStarts
                 : Moment::kNone;
    default:
      return Moment::kNone;
  }
}

bool carries(bool (*is_wanted)(const char* entry)) {
  for (char** entry = *environ_variable(); entry != nullptr && *entry != nullptr; ++entry) {
    if (is_wanted(*entry)) return true;
  }
  return false;
}

bool carries_variable() { return carries(starts_python_coverage); }

/// Where relative settings belong, for the Coverage that has started already.
bool carries_folder() {
  return carries([](const char* entry) { return name_of(entry) == "COVENV_FOLDER"; });
}

/// Whether there is such a variable, and it is empty.
bool has_emptied_variable() {
  return carries([](const char* entry) {
    const bool is_one = has_name(entry, "COVERAGE_PROCESS_CONFIG") ||
                        has_name(entry, "COVERAGE_PROCESS_START") ||
                        has_name(entry, "COV_CORE_SOURCE");
    const char* const value = value_of(entry);
    return is_one && value != nullptr && *value == '\0';
  });
}

/// Whether a variable that was there has been taken away by itself: that is a wish.
bool has_opted_out() {
  return remembered().knows(starts_python_coverage) && !remembered().is_gone(*environ_variable());
}

// multiprocessing starts children without an event, so the offer has to stand before.
constinit std::atomic<bool> is_offer_current{false};

/// A list as CPython has it in memory, free-threaded builds apart.
struct ListObject {
  std::ptrdiff_t references;
  const PyObject* type;
  std::ptrdiff_t size;
};
/// Of those coverages that run, as of the last offer. Never given back: an exec may look at it.
constinit std::atomic<const volatile ListObject*> running{nullptr};

void watch_running() {
  const PyErrorGuard guard;
  const PyRef instances = running_coverages();
  const auto* const list = reinterpret_cast<const volatile ListObject*>(instances.get());
  if (list == running.load()) return;
  const PyRef type(instances ? PyObject_Type(instances.get()) : nullptr);
  const bool is_list =
      type && list->type == type.get() && list->size == PySequence_Size(instances.get());
  if (is_list) Py_IncRef(instances.get());
  running.store(is_list ? list : nullptr);
}

void offer() {
  is_offer_current.store(true);
  const bool is_configured = carries_variable();
  if (!runtime().settings.offer || (!is_configured && has_opted_out())) {
    offered().clear();
    return;
  }
  watch_running();
  // Kept for the process: it remembers what it said last.
  static PyObject* function = nullptr;
  if (function == nullptr) {
    PyRef compiled = compile_function(kOfferSource, "offer");
    if (!compiled) return;
    function = compiled.get();
    Py_IncRef(function);
  }
  const PyRef configured(PyBool_FromLong(static_cast<long>(is_configured)));
  PyObject* const coverage = known_coverage();
  const PyRef arguments(coverage != nullptr ? PyTuple_Pack(2, coverage, configured.get())
                                            : nullptr);
  const PyRef entries(arguments ? PyObject_CallObject(function, arguments.get()) : nullptr);
  const std::ptrdiff_t count =
      entries && entries.get() != python_none() ? PySequence_Size(entries.get()) : 0;
  if (count == 0 || is_configured) offered().clear();
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const PyRef entry(PySequence_GetItem(entries.get(), i));
    const char* const text = entry ? PyUnicode_AsUTF8(entry.get()) : nullptr;
    if (text != nullptr) offered().remember(text);
  }
  if (count != 0 && run_of_journals() != nullptr) offered().remember(run_of_journals());
}

// Between os.fork() and its return: subprocess forks as well (with a preexec_fn), and its child is
// not one that stays.
constinit std::atomic<bool> is_forking{false};

constinit PyObject* take_over_function = nullptr;

PyObject* none() {
  Py_IncRef(python_none());
  return python_none();
}

/// A child of os.fork() is a measured process by itself from now on.
PyObject* after_fork_in_child(PyObject*, PyObject*) {
  if (is_forking.exchange(false)) {
    const PyErrorGuard guard;
    const TracingPause paused;
    leave_journals_to_parent();
    rearm_saver_after_fork();
    PyObject* const coverage = known_coverage();
    const PyRef arguments(coverage != nullptr ? PyTuple_Pack(1, coverage) : nullptr);
    const PyRef done(arguments ? PyObject_CallObject(take_over_function, arguments.get())
                               : nullptr);
    if (is_saver_armed()) follow_own_saves_after_fork();
    PyErr_Clear();
  }
  return none();
}

PyObject* after_fork_in_parent(PyObject*, PyObject*) {
  is_forking.store(false);
  return none();
}

PythonMethod in_child = {"after_fork_in_child", after_fork_in_child, kNoArguments, nullptr};
PythonMethod in_parent = {"after_fork_in_parent", after_fork_in_parent, kNoArguments, nullptr};

void follow_forks() {
  const PyRef child(PyCFunction_NewEx(&in_child, nullptr, nullptr));
  const PyRef parent(PyCFunction_NewEx(&in_parent, nullptr, nullptr));
  const PyRef registers = compile_function(kFollowForksSource, "follow_forks");
  PyRef take_over = compile_function(kFollowForksSource, "take_over");
  if (!child || !parent || !registers || !take_over) return;
  take_over_function = take_over.get();
  Py_IncRef(take_over_function);  // for as long as the process lives
  const PyRef arguments(PyTuple_Pack(2, child.get(), parent.get()));
  const PyRef done(PyObject_CallObject(registers.get(), arguments.get()));
}

/// Whether coverage measures here, and is kept: by a journal, or by the saver.
constinit bool is_kept = false;

void arm() {
  if (!is_saver_armed() && prepare_python_save()) arm_saver();
  if (is_saver_armed()) follow_own_saves();
}

/// A journal for what measures; what cannot have one is asked to save.
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
  // With `term` a killer terminates measured programs first: the signature says that this is one.
  if (measuring == Measuring::kWithJournal && runtime().settings.kill == KillMode::kTerm) {
    install_signature(runtime().settings.signature);
  }
  if (is_kept || (measuring != Measuring::kWithJournal && !is_saver_armed())) return;
  is_kept = true;
  follow_forks();
}

/// C code of a program that embeds CPython runs its first Python code: Py_Main() is not called
/// there, and makes no event.
bool is_run_by_c() { return Py_IsInitialized() != 0 && PyEval_GetFrame() == nullptr; }

/// site and its .pth files are done. A program that embeds CPython may begin by an import, and then
/// importlib is what runs the first code.
bool is_site_done() {
  PyObject* const modules = PySys_GetObject("modules");
  PyObject* const site = modules != nullptr ? PyDict_GetItemString(modules, "site") : nullptr;
  if (site == nullptr) return false;
  const PyRef is_starting = PyRef::attribute(site, "__spec__").attribute("_initializing");
  return is_starting && PyObject_IsTrue(is_starting.get()) == 0;
}

/// The program begins, and coverage does not measure yet, or knows the folder of its settings not
/// yet.
void start_measuring() {
  if (!carries_variable()) {
    if (!is_python_measured() && has_emptied_variable()) record_unmeasured(kOptedOut);
    return;
  }
  const PyRef problem = compile_function(kStartSource, "start_or_say_why").call();
  if (!problem || problem.get() == python_none()) return;
  const char* const why = PyUnicode_AsUTF8(PyTuple_GetItem(problem.get(), 0));
  const char* const mend = PyUnicode_AsUTF8(PyTuple_GetItem(problem.get(), 1));
  if (why != nullptr && mend != nullptr) record_unmeasured(why, mend);
}

void act_on(Moment moment, PyObject* arguments) {
  static constinit bool has_begun = false;
  if (!has_begun && moment == Moment::kCodeRuns && (is_run_by_c() || is_site_done())) {
    moment = Moment::kMainStarts;
  }
  has_begun = has_begun || moment == Moment::kMainStarts;
  if (moment == Moment::kCombines) {
    salvage_before(arguments);
    return;
  }
  if (moment == Moment::kMainStarts) salvage_at_end();
  if (moment == Moment::kMainStarts && (!is_python_measured() || carries_folder())) {
    start_measuring();
  }
  const TracingPause paused;
  keep_what_measures(moment);
  if (moment == Moment::kForks) {
    // The child would inherit what the saver has locked, and nobody to unlock it.
    wait_while_saving();
    is_forking.store(true);
  }
  if (!is_kept) return;
  if (moment == Moment::kTracingChanges) {
    // On its way: a coverage that starts is not yet the current one, one that stops no longer is.
    is_offer_current.store(false);
    if (!is_python_measured()) offered().clear();
  } else if (moment == Moment::kChildStarts || !is_offer_current.load()) {
    offer();
  }
}

int on_event(const char* event, PyObject* arguments, void*) {
  const Moment moment = moment_of(event);
  if (moment == Moment::kNone) return 0;
  if (moment == Moment::kCodeRuns && is_kept && is_offer_current.load()) return 0;
  // What we run makes events of its own.
  static constinit std::atomic<bool> is_busy{false};
  if (is_busy.exchange(true)) return 0;
  {
    const ErrnoGuard errno_guard;
    const PyErrorGuard error_guard;
    act_on(moment, arguments);
    PyErr_Clear();
  }
  is_busy.store(false);
  return 0;
}

PyObject* (*initialise_posix)() = nullptr;

/// PySys_AddAuditHook() before the interpreter's pre-initialisation makes `-X dev` and
/// PYTHONMALLOC=debug abort; when the first module of C code comes to life, it is safe.
PyObject* initialise_posix_and_watch() {
  static constinit bool is_watching = false;
  if (!is_watching) {
    is_watching = true;
    PySys_AddAuditHook(on_event, nullptr);
  }
  return initialise_posix();
}

/// Up to 3.7: the interpreter starts, not one that prints its version alone.
PyObject* initialise_posix_and_tell() {
  static constinit bool is_told = false;
  if (!is_told) {
    is_told = true;
    record_unmeasured("covenv cannot see what coverage does in a Python before 3.8",
                      "run it by Python 3.8 or newer");
  }
  return initialise_posix();
}

/// Has `initialise` called in the place of what makes the module posix.
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

bool is_offer_withdrawn() {
  const auto* const list = running.load();
  return list != nullptr && list->size == 0;
}

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
