// SPDX-License-Identifier: MIT
#include "saver_python.h"

#include "gil.h"
#include "python_api.h"
#include "python_object.h"

namespace covenv {
namespace {

bool is_shutting_down() {
  if (Py_IsFinalizing != nullptr) return Py_IsFinalizing() != 0;
  return _Py_IsFinalizing != nullptr && _Py_IsFinalizing() != 0;
}

/// coverage.Coverage.current(), if the module has been imported and something has been started.
PyRef current_coverage() {
  PyObject* const modules = PySys_GetObject("modules");
  PyObject* const coverage =
      modules != nullptr ? PyDict_GetItemString(modules, "coverage") : nullptr;
  if (coverage == nullptr) return PyRef();
  PyRef current = PyRef::attribute(coverage, "Coverage").attribute("current").call();
  return current && PyObject_IsTrue(current.get()) == 1 ? std::move(current) : PyRef();
}

}  // namespace

bool is_python_measured() {
  const PyErrorGuard guard;
  return static_cast<bool>(current_coverage());
}

void save_python_here() {
  if (!holds_gil()) return;
  const PyErrorGuard guard;
  const PyRef current = current_coverage();
  if (current) current.attribute("save").call();
}

namespace {

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

}  // namespace

void save_python(void (*then)(void* context), void* context) {
  if (is_shutting_down()) {
    then(context);
    return;
  }
  const int state = PyGILState_Ensure();
  hurry_other_threads();
  save_python_here();
  then(context);
  PyGILState_Release(state);
}

}  // namespace covenv
