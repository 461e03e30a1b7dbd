// SPDX-License-Identifier: MIT
#include "shim/coverage/save.h"

#include <linux/futex.h>
#include <time.h>

#include <atomic>
#include <utility>

#include "shim/coverage/own_code.h"
#include "shim/coverage/own_saves.h"
#include "shim/coverage/python_sources.h"
#include "shim/proc/raw_syscall.h"
#include "shim/python/gil.h"
#include "shim/python/held_threads.h"
#include "shim/python/python_api.h"
#include "shim/python/python_object.h"
#include "shim/session/recorder.h"

namespace covenv {
namespace {

bool is_shutting_down() {
  if (Py_IsFinalizing != nullptr) return Py_IsFinalizing() != 0;
  return _Py_IsFinalizing != nullptr && _Py_IsFinalizing() != 0;
}

/// The module that was seen first; never released, because programs that reload themselves drop all
/// modules but the interpreter's own, while coverage goes on measuring.
constinit PyObject* first_coverage = nullptr;

}  // namespace

PyObject* known_coverage() {
  PyObject* const imported = imported_module("coverage");
  if (first_coverage == nullptr && imported != nullptr) {
    first_coverage = imported;
    Py_IncRef(first_coverage);
  }
  return imported != nullptr ? imported : first_coverage;
}

// Not by coverage.Coverage.current(), because the program's trace function would see that call.
PyRef running_coverages() {
  PyObject* const coverage = known_coverage();
  if (coverage == nullptr) return {};
  return PyRef::attribute(coverage, "Coverage").attribute("_instances");
}

bool has_coverage() { return imported_module("coverage") != nullptr; }

bool is_python_measured() {
  const PyErrorGuard guard;
  const PyRef running = running_coverages();
  return running && PySequence_Size(running.get()) > 0;
}

namespace {

constinit PyObject* save_function = nullptr;

PyRef call_of_sys(const char* name, const PyRef& arguments) {
  PyObject* const function = PySys_GetObject(name);
  return PyRef(function != nullptr ? PyObject_CallObject(function, arguments.get()) : nullptr);
}

/// Sets the shortest switch interval, and no garbage collection, for the length of a scope. A save
/// gives the GIL up many times, and busy threads would keep it for 5 ms each. A collection may take
/// longer than the save, and would run finalisers of the program.
class UndisturbedSave {
 public:
  UndisturbedSave() {
    const PyErrorGuard guard;
    interval_ = call_of_sys("getswitchinterval", PyRef());
    set_interval(PyRef(PyFloat_FromDouble(1e-6)));
    if (PyGC_Disable != nullptr) collects_ = PyGC_Disable() != 0;
  }
  ~UndisturbedSave() {
    const PyErrorGuard guard;
    set_interval(std::move(interval_));
    if (collects_) PyGC_Enable();
  }
  UndisturbedSave(const UndisturbedSave&) = delete;
  UndisturbedSave& operator=(const UndisturbedSave&) = delete;

 private:
  static void set_interval(PyRef interval) {
    if (!interval) return;
    const PyRef arguments(PyTuple_Pack(1, interval.get()));
    if (arguments) call_of_sys("setswitchinterval", arguments);
  }

  PyRef interval_;
  bool collects_ = false;
};

// 1 while the main thread has to make way. The futex on which the main thread waits.
constinit std::atomic<int> is_urgent{0};

/// A pending call: the main thread makes it once, between two steps of Python code.
int make_way(void*) {
  // Bounded, because the main thread may hold a lock that the save needs.
  constexpr timespec kLongest = {.tv_sec = 0, .tv_nsec = 50000000};
  const GilRelease released;
  raw_syscall(SYS_futex, to_register(&is_urgent), FUTEX_WAIT_PRIVATE, 1, to_register(&kLongest));
  return 0;
}

/// Makes the main thread wait for the length of a scope, at most 50 ms. A busy main thread would
/// keep the GIL for the switch interval of 5 ms, and take it again whenever the save gives it up.
class MainThreadMakesWay {
 public:
  MainThreadMakesWay() {
    is_urgent.store(1);
    if (Py_AddPendingCall != nullptr) Py_AddPendingCall(make_way, nullptr);
  }
  ~MainThreadMakesWay() {
    is_urgent.store(0);
    raw_syscall(SYS_futex, to_register(&is_urgent), FUTEX_WAKE_PRIVATE, 1);
  }
  MainThreadMakesWay(const MainThreadMakesWay&) = delete;
  MainThreadMakesWay& operator=(const MainThreadMakesWay&) = delete;
};

/// Requests the GIL at once, not after the switch interval. Up to Python 3.11, in which the main
/// thread sees a pending call only after a request for the GIL. From 3.12 on a thread must hold the
/// GIL to set the interval.
class AsksForGilAtOnce {
 public:
  AsksForGilAtOnce() {
    if (can_ask()) _PyEval_SetSwitchInterval(1);
  }
  ~AsksForGilAtOnce() {
    if (can_ask()) _PyEval_SetSwitchInterval(before_);
  }
  AsksForGilAtOnce(const AsksForGilAtOnce&) = delete;
  AsksForGilAtOnce& operator=(const AsksForGilAtOnce&) = delete;

 private:
  static bool can_ask() {
    return _PyEval_SetSwitchInterval != nullptr && _PyEval_GetSwitchInterval != nullptr &&
           PyErr_GetRaisedException == nullptr;
  }

  const unsigned long before_ = can_ask() ? _PyEval_GetSwitchInterval() : 0;
};

PyObject* let_go(PyObject*, PyObject* thread) {
  let_go_of_thread(PyLong_AsUnsignedLong(thread));
  return new_none();
}

PythonMethod let_go_method = {"let_go", let_go, kOneArgument, nullptr};

bool call_save() {
  const PyErrorGuard guard;
  PyObject* const coverage = known_coverage();
  const PyRef function(PyCFunction_NewEx(&let_go_method, nullptr, nullptr));
  const PyRef arguments(coverage != nullptr && function ? PyTuple_Pack(2, coverage, function.get())
                                                        : nullptr);
  const PyRef is_saved(arguments ? PyObject_CallObject(save_function, arguments.get()) : nullptr);
  PyErr_Clear();
  return is_saved && PyObject_IsTrue(is_saved.get()) == 1;
}

}  // namespace

bool prepare_python_save() {
  const PyErrorGuard guard;
  if (save_function != nullptr) return true;
  PyRef function = compile_function(kSaveSource, "save");
  if (!function) return false;
  save_function = function.release();
  return true;
}

void save_python(void (*then)(void* context, bool saved), void* context) {
  if (is_shutting_down()) {
    then(context, !owes_save());
    return;
  }
  const MainThreadMakesWay way;
  const AsksForGilAtOnce asks;
  const int state = PyGILState_Ensure();
  {
    record_saving();
    const UndisturbedSave undisturbed;
    then(context, call_save());
  }
  PyGILState_Release(state);
}

}  // namespace covenv
