// SPDX-License-Identifier: MIT
#include "shim/journal/salvage.h"

#include <string_view>
#include <utility>

#include "shim/core/entry.h"
#include "shim/coverage/exit_function.h"
#include "shim/coverage/own_code.h"
#include "shim/coverage/python_sources.h"
#include "shim/coverage/save.h"
#include "shim/journal/journal.h"
#include "shim/loader/libc.h"
#include "shim/proc/kernel.h"
#include "shim/python/python_object.h"
#include "shim/session/recorder.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

/// told(pid, dropped, has_values), called by salvage.py: the journal of `pid` has become data.
/// `dropped` below 0: the journal was erased.
PyObject* told(PyObject*, PyObject* arguments) {
  const long pid = PyLong_AsLong(PyTuple_GetItem(arguments, 0));
  const long dropped = PyLong_AsLong(PyTuple_GetItem(arguments, 1));
  const bool has_values = PyLong_AsLong(PyTuple_GetItem(arguments, 2)) != 0;
  record_kept(static_cast<pid_t>(pid), dropped < 0 ? KeptAs::kErased : KeptAs::kData,
              static_cast<std::uint32_t>(dropped), !has_values);
  return new_none();
}

PythonMethod told_method = {"told", told, kArguments, nullptr};

/// The folders with other processes' journals for this data file (coverage/waiting.py), or empty.
PyRef folders_with_journals(PyObject* data_file) {
  const PyRef function = compile_function(kWaitingSource, "folders_with_journals");
  const PyRef arguments(PyTuple_Pack(1, data_file));
  PyRef folders(function && arguments ? PyObject_CallObject(function.get(), arguments.get())
                                      : nullptr);
  return folders.get() != python_none() ? std::move(folders) : PyRef();
}

/// Calls a function of salvage.py: function(run, data_file, folders, told).
void salvage(const char* name, const char* run, PyObject* data_file) {
  const TracingPause paused;
  const PyRef folders = folders_with_journals(data_file);
  if (!folders) return;
  const PyRef function = compile_function(kSalvageSource, name);
  const PyRef tells(PyCFunction_NewEx(&told_method, nullptr, nullptr));
  const PyRef text(run != nullptr ? PyUnicode_FromString(run) : nullptr);
  const PyRef values(tells ? PyTuple_Pack(4, text ? text.get() : python_none(), data_file,
                                          folders.get(), tells.get())
                           : nullptr);
  const PyRef done(function && values ? PyObject_CallObject(function.get(), values.get())
                                      : nullptr);
}

bool is_pattern_of_data_files(PyObject* pattern) {
  const char* const text = pattern != nullptr ? PyUnicode_AsUTF8(pattern) : nullptr;
  return text != nullptr && std::string_view(text).ends_with(".*");
}

constinit pid_t first_process = 0;

PyObject* on_end(PyObject*, PyObject*) {
  const PyErrorGuard guard;
  const char* const entry = run_of_journals();
  // A forked child has its parent's callbacks.
  if (entry != nullptr && own_pid() == first_process) {
    salvage("at_end", value_of(entry), data_file_of_journals());
    PyErr_Clear();
  }
  return new_none();
}

PythonMethod end_method = {"on_end", on_end, kNoArguments, nullptr};

/// A pytest-xdist worker that replaces a crashed one erases what the others of its run have saved.
void record_erased_data(PyObject* pattern) {
  const TracingPause paused;
  const PyRef function = compile_function(kErasingSource, "erased_pids");
  const PyRef arguments(PyTuple_Pack(1, pattern));
  const PyRef pids(function && arguments ? PyObject_CallObject(function.get(), arguments.get())
                                         : nullptr);
  const std::ptrdiff_t count = pids ? PySequence_Size(pids.get()) : 0;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const PyRef pid(PySequence_GetItem(pids.get(), i));
    record_kept(static_cast<pid_t>(PyLong_AsLong(pid.get())), KeptAs::kErasedData);
  }
}

/// The run of a measured process above this one; nullptr if there is none.
const char* run_above() { return value_in(*environ_variable(), "COVENV_RUN"); }

/// The same without journals.
bool is_below_measured() {
  return any_entry(*environ_variable(),
                   [](const char* entry) { return has_name(entry, "COVENV_PYTHON"); });
}

}  // namespace

void salvage_before(PyObject* arguments) {
  PyObject* const pattern = PyTuple_GetItem(arguments, 0);
  if (!has_coverage() || !is_pattern_of_data_files(pattern)) return;
  if (is_below_measured() && is_in_session()) record_erased_data(pattern);
  if (runtime().settings.journal) salvage("before_glob", run_above(), pattern);
}

void salvage_at_end() {
  if (!runtime().settings.journal || run_above() != nullptr) return;
  first_process = own_pid();
  call_at_end(end_method);
}

}  // namespace covenv
