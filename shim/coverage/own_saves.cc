// SPDX-License-Identifier: MIT
#include "shim/coverage/own_saves.h"

#include <atomic>

#include "shim/coverage/own_code.h"
#include "shim/coverage/python_sources.h"
#include "shim/coverage/save.h"
#include "shim/python/python_object.h"
#include "shim/session/recorder.h"
#include "shim/state/confined.h"
#include "shim/state/ownership.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

// Read by the saver's thread without the GIL.
constinit std::atomic<long> owed{0};
constinit std::atomic<bool> has_saved{false};  // the last Coverage has saved and ended

/// told(owed, is_last): how many Coverages have something to save; whether one has saved that is
/// the last to measure. Called by own_saves.py.
PyObject* told(PyObject*, PyObject* arguments) {
  owed.store(PyLong_AsLong(PyTuple_GetItem(arguments, 0)));
  if (PyLong_AsLong(PyTuple_GetItem(arguments, 1)) != 0 && !owes_save()) {
    has_saved.store(true);
    record_own_end(0);
  }
  return new_none();
}

void tell_stop(bool has_stopped) {
  static constinit bool is_told = false;
  if (has_stopped == is_told) return;
  is_told = has_stopped;
  record_unmeasured(has_stopped ? WhyUnmeasured::kStopped : WhyUnmeasured::kGoesOn);
}

PyObject* told_stop(PyObject*, PyObject*) {
  tell_stop(true);
  return new_none();
}

PythonMethod told_method = {"told", told, kArguments, nullptr};
PythonMethod told_stop_method = {"told", told_stop, kNoArguments, nullptr};

/// CPython has shut down, so coverage's own exit has run.
void on_finalised() { record_own_end(0); }

/// A Python function of ours and the callback that it calls. Neither is ever released.
struct Follower {
  const PythonText* source;
  const char* name;
  PythonMethod* method;
  PyObject* function = nullptr;
  PyObject* tells = nullptr;

  bool prepare() {
    if (function != nullptr) return true;
    PyRef compiled = compile_function(source, name);
    PyRef made(PyCFunction_NewEx(method, nullptr, nullptr));
    if (!compiled || !made) return false;
    function = compiled.release();
    tells = made.release();
    return true;
  }
};

constinit Follower saves = {kOwnSavesSource, "follow", &told_method};
constinit Follower stops = {kStopsSource, "follow_stops", &told_stop_method};
constinit Follower changes = {kStopsSource, "before_change", &told_stop_method};
constinit Follower stopped = {kStopsSource, "has_stopped", &told_stop_method};

constinit std::atomic<bool> is_to_look{false};

/// A pending call: the main thread makes it once, between two steps of Python code.
int look_for_a_stop(void*) {
  is_to_look.store(false);
  const PyErrorGuard guard;
  const TracingPause paused;
  PyObject* const coverage = known_coverage();
  const PyRef arguments(coverage != nullptr && stopped.prepare() ? PyTuple_Pack(1, coverage)
                                                                 : nullptr);
  const PyRef answer(arguments ? PyObject_CallObject(stopped.function, arguments.get()) : nullptr);
  if (answer && answer.get() != python_none()) tell_stop(PyObject_IsTrue(answer.get()) == 1);
  PyErr_Clear();
  return 0;
}

void follow(bool is_forked) {
  const PyErrorGuard guard;
  const bool is_first = saves.function == nullptr;
  PyObject* const coverage = known_coverage();
  if (coverage != nullptr && saves.prepare() && (!is_first || Py_AtExit(on_finalised) == 0)) {
    const PyRef forked(PyBool_FromLong(static_cast<long>(is_forked)));
    const PyRef arguments(PyTuple_Pack(3, coverage, saves.tells, forked.get()));
    const PyRef done(arguments ? PyObject_CallObject(saves.function, arguments.get()) : nullptr);
  }
  PyErr_Clear();
}

}  // namespace

void record_measured_by_saver() {
  record_measured(runtime().settings.journal ? MeasuredWith::kSaver : MeasuredWith::kSaverByChoice);
}

void follow_own_saves() {
  follow(false);
  // If coverage measures again, the last save is not the end.
  if (is_python_measured() && has_saved.exchange(false)) record_measured_by_saver();
}

void follow_own_saves_after_fork() {
  has_saved.store(false);
  follow(true);
}

void follow_stops() {
  const PyErrorGuard guard;
  PyObject* const coverage = known_coverage();
  if (coverage != nullptr && is_in_session() && stops.prepare()) {
    const PyRef arguments(PyTuple_Pack(2, coverage, stops.tells));
    const PyRef done(arguments ? PyObject_CallObject(stops.function, arguments.get()) : nullptr);
  }
  PyErr_Clear();
}

bool owes_save() { return owed.load() != 0; }

void note_trace_change() {
  PyObject* const coverage = known_coverage();
  const PyRef arguments(coverage != nullptr && changes.prepare() ? PyTuple_Pack(1, coverage)
                                                                 : nullptr);
  const PyRef done(arguments ? PyObject_CallObject(changes.function, arguments.get()) : nullptr);
  PyErr_Clear();
}

void look_for_a_stop_soon() {
  // CPython 3.8 prints an error if a call is added while it shuts down.
  const bool can_add = Py_AddPendingCall != nullptr && PyInterpreterState_Get != nullptr;
  if (!can_add || is_to_look.exchange(true)) return;
  if (Py_AddPendingCall(look_for_a_stop, nullptr) != 0) is_to_look.store(false);
}

void record_own_end(int signal) {
  if (current_owner() != Owner::kThisProcess || is_confined()) return;
  const SaveResult saved = has_saved.load() ? SaveResult::kDone : SaveResult::kNone;
  record_saved(SaveReason::kItself, owes_save() ? SaveResult::kFailed : saved, signal, 0);
}

}  // namespace covenv
