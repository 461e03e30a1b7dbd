// SPDX-License-Identifier: MIT
#include "saver_python.h"

#include "python_api.h"
#include "python_object.h"
#include "python_sources.h"
#include "recorder.h"

namespace covenv {
namespace {

bool is_shutting_down() {
  if (Py_IsFinalizing != nullptr) return Py_IsFinalizing() != 0;
  return _Py_IsFinalizing != nullptr && _Py_IsFinalizing() != 0;
}

}  // namespace

// Whether coverage.Coverage.current() is one. What that function looks at is looked at here, as a
// call of it would be seen by the program's own trace function.
bool is_python_measured() {
  const PyErrorGuard guard;
  PyObject* const modules = PySys_GetObject("modules");
  PyObject* const coverage =
      modules != nullptr ? PyDict_GetItemString(modules, "coverage") : nullptr;
  if (coverage == nullptr) return false;
  const PyRef started = PyRef::attribute(coverage, "Coverage").attribute("_instances");
  return started && PySequence_Size(started.get()) > 0;
}

namespace {

constinit PyObject* save_function = nullptr;

/// The threads of a busy program give the GIL up after 5 ms only, each in its turn, and saving
/// gives it up many times.
void hurry_other_threads() {
  const PyErrorGuard guard;
  PyObject* const set = PySys_GetObject("setswitchinterval");
  const PyRef interval(PyFloat_FromDouble(1e-6));
  if (set == nullptr || !interval) return;
  const PyRef arguments(PyTuple_Pack(1, interval.get()));
  const PyRef done(arguments ? PyObject_CallObject(set, arguments.get()) : nullptr);
}

bool call_save() {
  const PyErrorGuard guard;
  const PyRef done(PyObject_CallObject(save_function, nullptr));
  PyErr_Clear();
  return static_cast<bool>(done);
}

}  // namespace

bool prepare_python_save() {
  const PyErrorGuard guard;
  if (save_function != nullptr) return true;
  PyRef function = compile_function(kSaveSource, "save");
  if (!function) return false;
  save_function = function.get();
  Py_IncRef(save_function);  // for as long as the process lives
  return true;
}

void save_python(void (*then)(void* context, bool saved), void* context) {
  if (is_shutting_down()) {
    then(context, true);
    return;
  }
  const int state = PyGILState_Ensure();
  record_saving();
  hurry_other_threads();
  then(context, call_save());
  PyGILState_Release(state);
}

}  // namespace covenv
