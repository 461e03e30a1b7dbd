// SPDX-License-Identifier: MIT
#include "shim/coverage/save.h"

#include <linux/futex.h>
#include <time.h>

#include <atomic>
#include <utility>

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

}  // namespace

namespace {

/// Borrowed; nullptr: it has not been imported, or was dropped.
PyObject* imported_coverage() {
  PyObject* const modules = PySys_GetObject("modules");
  return modules != nullptr ? PyDict_GetItemString(modules, "coverage") : nullptr;
}

/// The module that was seen first, for as long as the process lives: programs that load themselves
/// anew drop all modules but the interpreter's own, and coverage goes on measuring.
constinit PyObject* first_coverage = nullptr;

}  // namespace

PyObject* known_coverage() {
  PyObject* const imported = imported_coverage();
  if (first_coverage == nullptr && imported != nullptr) {
    first_coverage = imported;
    Py_IncRef(first_coverage);
  }
  return imported != nullptr ? imported : first_coverage;
}

// What coverage.Coverage.current() looks at, as a call of it would be seen by the program's own
// trace function.
PyRef running_coverages() {
  PyObject* const coverage = known_coverage();
  if (coverage == nullptr) return {};
  return PyRef::attribute(coverage, "Coverage").attribute("_instances");
}

bool has_coverage() { return imported_coverage() != nullptr; }

bool is_python_measured() {
  const PyErrorGuard guard;
  const PyRef running = running_coverages();
  return running && PySequence_Size(running.get()) > 0;
}

namespace {

constexpr int kOneArgument = 8;  // METH_O

constinit PyObject* save_function = nullptr;

PyRef call_of_sys(const char* name, const PyRef& arguments) {
  PyObject* const function = PySys_GetObject(name);
  return PyRef(function != nullptr ? PyObject_CallObject(function, arguments.get()) : nullptr);
}

/// Over a scope. The threads of a busy program give the GIL up after 5 ms only, each in its turn,
/// and saving gives it up many times. And a collection of garbage may take longer than the save,
/// and would run finalisers of the program's.
class Haste {
 public:
  Haste() {
    const PyErrorGuard guard;
    interval_ = call_of_sys("getswitchinterval", PyRef());
    set_interval(PyRef(PyFloat_FromDouble(1e-6)));
    if (PyGC_Disable != nullptr) collects_ = PyGC_Disable() != 0;
  }
  ~Haste() {
    const PyErrorGuard guard;
    set_interval(std::move(interval_));
    if (collects_) PyGC_Enable();
  }
  Haste(const Haste&) = delete;
  Haste& operator=(const Haste&) = delete;

 private:
  static void set_interval(PyRef interval) {
    if (!interval) return;
    const PyRef arguments(PyTuple_Pack(1, interval.get()));
    if (arguments) call_of_sys("setswitchinterval", arguments);
  }

  PyRef interval_;
  bool collects_ = false;
};

// Whether the main thread is to make way, and what it waits on.
constinit std::atomic<int> is_urgent{0};

/// Called by the main thread, once, between two steps of Python code.
int make_way(void*) {
  // It may hold a lock without which there is no saving.
  constexpr timespec kLongest = {.tv_sec = 0, .tv_nsec = 50000000};
  const GilRelease released;
  raw_syscall(SYS_futex, to_register(&is_urgent), FUTEX_WAIT_PRIVATE, 1, to_register(&kLongest));
  return 0;
}

/// Keeps a busy main thread from the GIL over a scope, of which it would have 5 ms before it
/// noticed that somebody waits, and which it would take whenever the saving gives it up.
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

/// Over a scope, the GIL is asked for at once, not after the switch interval. Up to Python 3.11,
/// where a pending call of another thread's is seen only once the GIL has been asked for; from 3.12
/// on nobody may set the interval who has not got it yet.
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
  Py_IncRef(python_none());
  return python_none();
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
  save_function = function.get();
  Py_IncRef(save_function);  // for as long as the process lives
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
    const Haste haste;
    then(context, call_save());
  }
  PyGILState_Release(state);
}

}  // namespace covenv
