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

std::uint32_t number_at(PyObject* arguments, std::ptrdiff_t at) {
  return static_cast<std::uint32_t>(PyLong_AsLong(PyTuple_GetItem(arguments, at)));
}

const char* text_at(PyObject* arguments, std::ptrdiff_t at) {
  const char* const text = PyUnicode_AsUTF8(PyTuple_GetItem(arguments, at));
  if (text == nullptr) PyErr_Clear();  // surrogates: a name that is not UTF-8
  return text != nullptr ? text : "?";
}

/// brought(pid, files, lines, pairs, only, data file), called by brought.py.
PyObject* brought(PyObject*, PyObject* arguments) {
  record_brought(static_cast<pid_t>(number_at(arguments, 0)),
                 {.files = number_at(arguments, 1),
                  .lines = number_at(arguments, 2),
                  .arcs = number_at(arguments, 3),
                  .only = number_at(arguments, 4)},
                 text_at(arguments, 5));
  return new_none();
}

/// gained(file, lines before, lines after, files, percent before, percent after), called by
/// brought.py.
PyObject* gained(PyObject*, PyObject* arguments) {
  record_gained({.files = number_at(arguments, 3),
                 .before = number_at(arguments, 1),
                 .after = number_at(arguments, 2),
                 .percent_before = number_at(arguments, 4),
                 .percent_after = number_at(arguments, 5)},
                text_at(arguments, 0));
  return new_none();
}

void add_fact(void* add, pid_t pid, HelpFact fact) {
  const PyRef number(PyLong_FromLong(pid));
  const PyRef kind(PyLong_FromLong(static_cast<long>(fact)));
  const PyRef arguments(number && kind ? PyTuple_Pack(2, number.get(), kind.get()) : nullptr);
  const PyRef done(arguments ? PyObject_CallObject(static_cast<PyObject*>(add), arguments.get())
                             : nullptr);
}

/// facts_of_session(add), called by brought.py.
PyObject* facts_of_session(PyObject*, PyObject* arguments) {
  each_help_fact(add_fact, PyTuple_GetItem(arguments, 0));
  return new_none();
}

PythonMethod brought_method = {"brought", brought, kArguments, nullptr};
PythonMethod gained_method = {"gained", gained, kArguments, nullptr};
PythonMethod facts_method = {"facts_of_session", facts_of_session, kArguments, nullptr};

/// The last arguments of count_brought() (coverage/brought.py).
PyRef counts() {
  const PyRef brings(PyCFunction_NewEx(&brought_method, nullptr, nullptr));
  const PyRef gains(PyCFunction_NewEx(&gained_method, nullptr, nullptr));
  const PyRef facts(PyCFunction_NewEx(&facts_method, nullptr, nullptr));
  if (!brings || !gains || !facts) return {};
  return PyRef(PyTuple_Pack(3, brings.get(), gains.get(), facts.get()));
}

enum class Caller : unsigned char { kOther, kCombine, kErase };

/// Which function of coverage has called glob.glob(). Cheap, because programs call that as well.
Caller caller_of_glob() {
  constexpr int kFramesOfGlob = 3;
  PyRef frame = PyRef::shared(static_cast<PyObject*>(PyEval_GetFrame()));
  for (int i = 0; i <= kFramesOfGlob && frame; ++i) {
    const PyRef file = frame.attribute("f_code").attribute("co_filename");
    const std::string_view path = text_of_str(file.get());
    if (path.ends_with("coverage/data.py")) return Caller::kCombine;
    if (path.ends_with("coverage/sqldata.py")) return Caller::kErase;
    if (!path.ends_with("glob.py")) break;
    frame = frame.attribute("f_back");
  }
  PyErr_Clear();
  return Caller::kOther;
}

/// The folders with other processes' journals for this data file (coverage/waiting.py), or empty.
PyRef folders_with_journals(PyObject* data_file) {
  const PyRef function = compile_function(kWaitingSource, "folders_with_journals");
  const PyRef arguments(PyTuple_Pack(1, data_file));
  PyRef folders(function && arguments ? PyObject_CallObject(function.get(), arguments.get())
                                      : nullptr);
  return folders.get() != python_none() ? std::move(folders) : PyRef();
}

/// Calls a function of salvage.py: function(run, data_file, folders, told), with `counted` behind
/// these if it is not empty.
void salvage(const char* name, const char* run, PyObject* data_file, const PyRef& counted = {}) {
  const TracingPause paused;
  PyRef folders = runtime().settings.journal ? folders_with_journals(data_file) : PyRef();
  if (!folders && counted) folders = PyRef(PyTuple_Pack(0));
  if (!folders) return;
  const PyRef function = compile_function(kSalvageSource, name);
  const PyRef tells(PyCFunction_NewEx(&told_method, nullptr, nullptr));
  const PyRef text(run != nullptr ? PyUnicode_FromString(run) : nullptr);
  const PyRef values(tells ? PyTuple_Pack(counted ? 5 : 4, text ? text.get() : python_none(),
                                          data_file, folders.get(), tells.get(), counted.get())
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
  const Caller caller = is_in_session() ? caller_of_glob() : Caller::kOther;
  if (caller == Caller::kErase && is_below_measured()) record_erased_data(pattern);
  const PyRef counted = caller == Caller::kCombine ? counts() : PyRef();
  if (runtime().settings.journal || counted) salvage("before_glob", run_above(), pattern, counted);
}

void salvage_at_end() {
  if (!runtime().settings.journal || run_above() != nullptr) return;
  first_process = own_pid();
  call_at_end(end_method);
}

}  // namespace covenv
