// SPDX-License-Identifier: MIT
#include "shim/audit/light_start.h"

#include <string_view>

#include "shim/coverage/own_code.h"
#include "shim/coverage/python_sources.h"
#include "shim/journal/journal.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/proc/real_path.h"
#include "shim/python/python_api.h"
#include "shim/session/recorder.h"

namespace covenv {
namespace {

constinit PyObject* light = nullptr;
constinit bool is_prepared = false;
constinit bool is_by_monitoring = false;
constinit bool is_running = false;
using Promote = bool (*)();
constinit Promote promote_now = nullptr;

/// real_path(path): a str, or None if the file is not there. The program may have replaced os.path.
PyObject* real_path_of(PyObject*, PyObject* path) {
  const std::string_view text = text_of_str(path);
  char room[kLongestRealPath];
  const std::string_view real = text.empty() ? text : real_path(text.data(), room);
  PyErr_Clear();
  if (real.empty()) return new_none();
  room[real.size()] = '\0';
  PyObject* const found = PyUnicode_FromString(room);
  if (found != nullptr) return found;
  PyErr_Clear();
  return new_none();
}

PyObject* promote(PyObject*, PyObject*) {
  return PyBool_FromLong(static_cast<long>(promote_now()));
}

PythonMethod real_path_method = {"real_path", real_path_of, kOneArgument, nullptr};
PythonMethod promote_method = {"promote", promote, kNoArguments, nullptr};

/// Of the Light.
PyRef call_method(const char* name) { return PyRef::attribute(light, name).call(); }

/// Whether a trace function changes by our own doing. A pending call that is added in one makes
/// CPython 3.11 run for ever.
constinit bool is_looking = false;

/// A pending call.
int look_for_a_stop(void*) {
  static constinit bool is_told = false;
  if (!is_running) return 0;
  is_looking = true;
  PyRef is_measured;
  {
    const TracingPause paused;
    is_measured = call_method("after_change");
    PyErr_Clear();
  }
  is_looking = false;
  if (!is_measured || is_measured.get() == python_none()) return 0;
  const bool has_stopped = PyObject_IsTrue(is_measured.get()) == 0;
  if (has_stopped == is_told) return 0;
  is_told = has_stopped;
  record_unmeasured(has_stopped ? WhyUnmeasured::kStopped : WhyUnmeasured::kGoesOn);
  return 0;
}

}  // namespace

bool prepare_light(const AtStart& at_start, bool (*to_promote)(), void (*if_lost)()) {
  static constinit bool has_tried = false;
  if (has_tried) return is_prepared;
  has_tried = true;
  const PyRef known = light_of_run();
  note_start(StartedAs::kWholeCoverage);
  if (!known || known.get() == python_none()) return false;
  note_start(StartedAs::kWholeInterpreter);
  promote_now = to_promote;
  is_by_monitoring = text_of_str(PyTuple_GetItem(known.get(), 0)).starts_with("sysmon:");
  const PyRef function =
      compile_function(is_by_monitoring ? kMonitorLightSource : kTracerLightSource, "light_start");
  const PyRef real_path_function(PyCFunction_NewEx(&real_path_method, nullptr, nullptr));
  const PyRef promote_function(PyCFunction_NewEx(&promote_method, nullptr, nullptr));
  const PyRef arguments(function && real_path_function && promote_function
                            ? PyTuple_Pack(5, known.get(), at_start.variables, at_start.folder,
                                           real_path_function.get(), promote_function.get())
                            : nullptr);
  const PyRef found(arguments ? PyObject_CallObject(function.get(), arguments.get()) : nullptr);
  PyErr_Clear();
  if (!found || found.get() == python_none()) return false;
  light = PyRef::shared(PyTuple_GetItem(found.get(), 0)).release();
  note_start(StartedAs::kLight);
  is_prepared = follow_tracer(PyTuple_GetItem(found.get(), 1), if_lost);
  if (!is_prepared) note_start(StartedAs::kWholeInterpreter);
  return is_prepared;
}

bool start_light() {
  const PyRef started = call_method("start");
  PyErr_Clear();
  is_running = started && PyObject_IsTrue(started.get()) == 1;
  if (!is_running) return false;
  if (!has_place_at_exit()) keep_place_at_exit();
  use_place_at_exit(PyRef::attribute(light, "finish"), PyRef::attribute(light, "stop"));
  return true;
}

bool can_start_light_on_any_thread() { return is_prepared && is_by_monitoring; }

void drop_light() {
  if (is_prepared) drop_journal_of_tracer();
  is_prepared = false;
}

bool is_light() { return is_running; }

void let_light_follow_threads() {
  const PyRef done = call_method("follow_threads");
  PyErr_Clear();
}

PyObject* running_light() { return light != nullptr ? light : python_none(); }

void note_change_before_light() {
  if (light == nullptr || raw_syscall(SYS_gettid) != own_pid()) return;
  call_method("before_change");
  PyErr_Clear();
}

void look_for_a_stop_of_light_soon() {
  if (is_looking || raw_syscall(SYS_gettid) != own_pid()) return;
  note_change_before_light();
  Py_AddPendingCall(look_for_a_stop, nullptr);
}

bool is_coverage_of_run(PyObject* file) {
  const PyRef method = PyRef::attribute(light, "is_of_run");
  const PyRef arguments(PyTuple_Pack(1, file));
  const PyRef found(method && arguments ? PyObject_CallObject(method.get(), arguments.get())
                                        : nullptr);
  PyErr_Clear();
  return found && PyObject_IsTrue(found.get()) == 1;
}

void leave_light() {
  is_prepared = false;
  is_running = false;
}

}  // namespace covenv
