// SPDX-License-Identifier: MIT
#include "shim/python/gil.h"

#include "shim/python/python_api.h"

namespace covenv {
namespace {

void* current_thread_state() {
  if (PyThreadState_GetUnchecked != nullptr) return PyThreadState_GetUnchecked();
  return _PyThreadState_UncheckedGet != nullptr ? _PyThreadState_UncheckedGet() : nullptr;
}

}  // namespace

// Not PyGILState_Check(), which is true in every thread once a subinterpreter has existed.
bool holds_gil() {
  if (PyGILState_GetThisThreadState == nullptr) return false;
  void* const current = current_thread_state();
  return current != nullptr && current == PyGILState_GetThisThreadState();
}

void give_up_gil() {
  if (PyEval_SaveThread != nullptr && holds_gil()) PyEval_SaveThread();
}

GilRelease::GilRelease()
    : state_(PyEval_SaveThread != nullptr && holds_gil() ? PyEval_SaveThread() : nullptr) {}

GilRelease::~GilRelease() {
  if (state_ != nullptr) PyEval_RestoreThread(state_);
}

}  // namespace covenv
