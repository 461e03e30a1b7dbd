// SPDX-License-Identifier: MIT
// Sets and dictionaries of coverage's that tell what is put into them, for its tracers in Python
// (sys.monitoring, PyTracer): those call methods, which have no table of calls to replace.
#pragma once

struct PyObject;

namespace covenv {

/// What is told, after it was done; with the GIL.
struct TracedSets {
  void (*added)(PyObject* set, PyObject* key);
  void (*file_added)(PyObject* dict, PyObject* file, PyObject* set);
};

/// Called like PySet_Add(), and tells `added` if the set has grown.
int add_and_tell(PyObject* set, PyObject* key);

/// Once, before the others. False if this Python keeps sets in another way than it is known to.
bool prepare_traced_sets(const TracedSets& told);

/// Makes this dict, and the sets that are in it or will be, tell what is put into them from now on:
/// they stay the objects that they are, since frames that run hold them. False if it cannot be.
bool trace_dict(PyObject* dict);

}  // namespace covenv
