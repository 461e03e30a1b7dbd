// SPDX-License-Identifier: MIT
#include "shim/audit/forks.h"

#include <atomic>

#include "shim/coverage/own_code.h"
#include "shim/coverage/own_saves.h"
#include "shim/coverage/python_sources.h"
#include "shim/coverage/save.h"
#include "shim/journal/journal.h"
#include "shim/proc/raw_syscall.h"
#include "shim/python/python_api.h"
#include "shim/python/python_object.h"
#include "shim/saver/saver.h"

namespace covenv {
namespace {

/// The thread that is between os.fork() and its return; 0: none.
constinit std::atomic<long> forking_thread{0};

constinit PyObject* take_over_function = nullptr;
using InChild = void (*)();
constinit InChild first_in_child = nullptr;

/// Makes a child of os.fork() a measured process by itself.
PyObject* after_fork_in_child(PyObject*, PyObject*) {
  if (forking_thread.exchange(0) != 0) {
    first_in_child();
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
  return new_none();
}

PyObject* after_fork_in_parent(PyObject*, PyObject*) {
  forking_thread.store(0);
  return new_none();
}

PythonMethod in_child = {"after_fork_in_child", after_fork_in_child, kNoArguments, nullptr};
PythonMethod in_parent = {"after_fork_in_parent", after_fork_in_parent, kNoArguments, nullptr};

}  // namespace

void follow_forks(void (*in_child_first)()) {
  first_in_child = in_child_first;
  const PyRef child(PyCFunction_NewEx(&in_child, nullptr, nullptr));
  const PyRef parent(PyCFunction_NewEx(&in_parent, nullptr, nullptr));
  const PyRef registers = compile_function(kFollowForksSource, "follow_forks");
  PyRef take_over = compile_function(kFollowForksSource, "take_over");
  if (!child || !parent || !registers || !take_over) return;
  take_over_function = take_over.release();
  const PyRef arguments(PyTuple_Pack(2, child.get(), parent.get()));
  const PyRef done(PyObject_CallObject(registers.get(), arguments.get()));
}

void note_fork() {
  if (first_in_child != nullptr) forking_thread.store(raw_syscall(SYS_gettid));
}

bool is_another_thread_forking() {
  const long thread = forking_thread.load();
  return thread != 0 && thread != raw_syscall(SYS_gettid);
}

}  // namespace covenv
