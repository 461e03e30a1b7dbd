// SPDX-License-Identifier: MIT
// Makes coverage's sets and dictionaries report what is put into them. For coverage's tracers in
// Python (sys.monitoring, PyTracer), which call methods, so that no table of calls can be replaced.
#pragma once

struct PyObject;

namespace covenv {

/// The callbacks, called after the change, with the GIL.
struct TracedSets {
  void (*added)(PyObject* set, PyObject* key);
  void (*file_added)(PyObject* dict, PyObject* file, PyObject* set);
};

/// Does what PySet_Add() does, and calls `added` if the set has grown.
int add_and_tell(PyObject* set, PyObject* key);

/// To be called once, before the others. False if this Python's sets have an unknown layout.
bool prepare_traced_sets(const TracedSets& told);

/// Makes this dict, and the sets that are in it or will be, report what is put into them from now
/// on. They stay the same objects, because running frames hold them. False if that is impossible.
bool trace_dict(PyObject* dict);

}  // namespace covenv
