// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <utility>

#include "shim/python/python_api.h"

namespace covenv {

/// An owned reference. Empty if the call that made it has failed: the exception is pending then,
/// and calls on the empty reference do nothing. The GIL has to be held for its whole life.
class PyRef {
 public:
  PyRef() = default;
  explicit PyRef(PyObject* owned) : object_(owned) {}
  PyRef(PyRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  PyRef& operator=(PyRef&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  PyRef(const PyRef&) = delete;
  PyRef& operator=(const PyRef&) = delete;
  ~PyRef() {
    if (object_ != nullptr) Py_DecRef(object_);
  }

  explicit operator bool() const { return object_ != nullptr; }
  PyObject* get() const { return object_; }
  /// Gives the ownership up: the object lives as long as the process.
  PyObject* release() { return std::exchange(object_, nullptr); }

  /// A reference of its own to a borrowed object; empty if there is none.
  static PyRef shared(PyObject* borrowed) {
    if (borrowed != nullptr) Py_IncRef(borrowed);
    return PyRef(borrowed);
  }
  static PyRef attribute(PyObject* object, const char* name) {
    return PyRef(PyObject_GetAttrString(object, name));
  }
  PyRef attribute(const char* name) const {
    return object_ != nullptr ? attribute(object_, name) : PyRef();
  }
  PyRef call() const {
    return object_ != nullptr ? PyRef(PyObject_CallObject(object_, nullptr)) : PyRef();
  }

 private:
  PyObject* object_ = nullptr;
};

/// Puts a pending exception aside for the length of a scope, and drops exceptions raised in it.
class PyErrorGuard {
 public:
  PyErrorGuard() { PyErr_Fetch(&type_, &value_, &traceback_); }
  ~PyErrorGuard() { PyErr_Restore(type_, value_, traceback_); }
  PyErrorGuard(const PyErrorGuard&) = delete;
  PyErrorGuard& operator=(const PyErrorGuard&) = delete;

 private:
  PyObject* type_ = nullptr;
  PyObject* value_ = nullptr;
  PyObject* traceback_ = nullptr;
};

/// Hides Python code that we run in a thread of the program from that thread's trace and profile
/// functions. CPython before 3.11 has no call for that.
class TracingPause {
 public:
  TracingPause()
      : state_(PyThreadState_EnterTracing != nullptr && PyThreadState_LeaveTracing != nullptr
                   ? PyThreadState_Get()
                   : nullptr) {
    if (state_ != nullptr) PyThreadState_EnterTracing(state_);
  }
  ~TracingPause() {
    if (state_ != nullptr) PyThreadState_LeaveTracing(state_);
  }
  TracingPause(const TracingPause&) = delete;
  TracingPause& operator=(const TracingPause&) = delete;

 private:
  void* state_;
};

/// Of sys.modules; borrowed. nullptr if no such module has been imported.
PyObject* imported_module(const char* name);

/// True if this Python cannot say.
bool is_main_interpreter();

/// Whether each interpreter may have a lock of its own, and numbers its types itself: from CPython
/// 3.12 on.
bool are_interpreters_apart();

/// The text of a str; empty, with an exception pending, if `object` is no str. Lives as
/// long as `object`.
std::string_view text_of_str(PyObject* object);

/// A new reference to None, for a function of ours to return.
inline PyObject* new_none() {
  Py_IncRef(python_none());
  return python_none();
}

}  // namespace covenv
