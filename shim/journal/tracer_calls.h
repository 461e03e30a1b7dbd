// SPDX-License-Identifier: MIT
// What coverage's C tracer calls to record: replaced in its own table of calls, so that no other
// code pays for it.
#pragma once

struct PyObject;

namespace covenv {

/// What the tracer calls instead.
struct TracerCalls {
  int (*add_to_set)(PyObject* set, PyObject* key);
  int (*set_in_dict)(PyObject* dict, PyObject* key, PyObject* value);
};

/// Replaces PySet_Add and PyDict_SetItem for the object that holds `type`, a type of the tracer's.
/// False if it does not call both of them, or its table cannot be written to. Not in a handler or
/// a vfork child.
bool replace_tracer_calls(const void* type, const TracerCalls& calls);

}  // namespace covenv
