// SPDX-License-Identifier: MIT
// Replaces the functions that coverage's C tracer calls to record, in the tracer's own table of
// calls, so that no other code pays for it.
#pragma once

struct PyObject;

namespace covenv {

/// The functions that the tracer calls then.
struct TracerCalls {
  int (*add_to_set)(PyObject* set, PyObject* key);
  int (*set_in_dict)(PyObject* dict, PyObject* key, PyObject* value);
};

/// Replaces PySet_Add and PyDict_SetItem in the loaded object that holds `type`, a type of the
/// tracer's. False if the object does not call both, or if its table cannot be written. Not in a
/// handler or a vfork child.
bool replace_tracer_calls(const void* type, const TracerCalls& calls);

}  // namespace covenv
