// SPDX-License-Identifier: MIT
#include "shim/audit/late_start.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "shim/audit/module_name.h"
#include "shim/core/carry.h"
#include "shim/core/entry.h"
#include "shim/core/source_spec.h"
#include "shim/coverage/exit_function.h"
#include "shim/coverage/save.h"
#include "shim/loader/libc.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/proc/real_path.h"
#include "shim/python/python_object.h"
#include "shim/session/recorder.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

/// An entry of the environment that is hidden.
struct Hidden {
  char** slot;
  char* entry;
};

constexpr std::size_t kMostHidden = 16;
constinit Hidden hidden[kMostHidden] = {};
constinit std::size_t hidden_count = 0;
constinit char nothing[] = "";

enum class State : unsigned char { kNone, kHidden, kWaiting };
constinit State state = State::kNone;

constinit AtStart at_start = {nullptr, nullptr};
constinit std::string_view entries;
constinit bool has_begun = false;
constinit bool has_place = false;
// Functions, never released.
constinit PyObject* stops_at_exit = nullptr;
constinit PyObject* ends_at_exit = nullptr;

bool is_to_hide(const char* entry) {
  return names_python_coverage(entry) || has_prefix(entry, "COV_CORE_");
}

PyRef bytes_of(std::string_view text) {
  return PyRef(PyBytes_FromStringAndSize(text.data(), static_cast<std::ptrdiff_t>(text.size())));
}

/// posix.environ, which os.environ reads and writes. Borrowed.
PyObject* copied_environment() {
  PyObject* const posix = imported_module("posix");
  const PyRef environment(posix != nullptr ? PyObject_GetAttrString(posix, "environ") : nullptr);
  return environment.get();
}

/// Adds the hidden variables that `environment` lacks.
bool add_hidden(PyObject* environment) {
  for (const Hidden& one : std::span(hidden, hidden_count)) {
    const char* const value = value_of(one.entry);
    if (value == nullptr) continue;
    const PyRef name = bytes_of(name_of(one.entry));
    const PyRef text = bytes_of(value);
    if (!name || !text) return false;
    if (PyDict_GetItem(environment, name.get()) != nullptr) continue;
    if (PyDict_SetItem(environment, name.get(), text.get()) != 0) return false;
  }
  return true;
}

/// Moves the keys of `environment` to the places that the C environment gives them.
void put_in_order(PyObject* environment) {
  for (char** entry = *environ_variable(); entry != nullptr && *entry != nullptr; ++entry) {
    const PyRef name = bytes_of(name_of(*entry));
    PyObject* const value = name ? PyDict_GetItem(environment, name.get()) : nullptr;
    if (value == nullptr) continue;
    const PyRef kept = PyRef::shared(value);
    PyDict_DelItem(environment, name.get());
    PyDict_SetItem(environment, name.get(), kept.get());
  }
}

PyRef current_folder() {
  char path[kLongestRealPath] = {};
  const long size = raw_syscall(SYS_getcwd, to_register(path), sizeof path);
  // A folder outside of the root has a path that does not begin by "/".
  if (size > 1 && path[0] == '/') return bytes_of({path, static_cast<std::size_t>(size) - 1});
  return PyRef(new_none());
}

/// How coverage starts in this process, as far as the environment says.
StartedAs start_of(const char* const* environment) {
  const Settings& settings = runtime().settings;
  if (!settings.light || !any_entry(environment, starts_python_coverage)) {
    return StartedAs::kByItself;
  }
  if (!settings.journal) return StartedAs::kWholeChoice;
  switch (light_offer(environment)) {
    case LightOffer::kGiven:
      return StartedAs::kLight;
    case LightOffer::kSettings:
      return StartedAs::kWholeSettings;
    case LightOffer::kCoverage:
      return StartedAs::kWholeCoverage;
    case LightOffer::kNone:
      break;
  }
  return StartedAs::kWholeUser;
}

void call_function(PyObject* function) {
  const PyRef done(PyObject_CallObject(function, nullptr));
  PyErr_Clear();
}

PyObject* on_exit(PyObject*, PyObject*) {
  const PyErrorGuard guard;
  has_place = false;
  if (stops_at_exit != nullptr) {
    call_function(stops_at_exit);
    // A profile function of the program's own may still be set.
    const TracingPause paused;
    call_function(ends_at_exit);
  } else if (ends_at_exit != nullptr) {
    call_function(ends_at_exit);
  }
  return new_none();
}

PythonMethod end_method = {"on_exit", on_exit, kNoArguments, nullptr};

bool is_of_package(std::string_view file) { return file.ends_with("/coverage/__init__.py"); }

/// `runs`: exec() is about to run code of the file.
bool may_measure_file(PyObject* name, bool runs = false) {
  const std::string_view file = text_of_str(name);
  if (file.empty()) return name == nullptr || PyErr_Occurred() != nullptr;
  // Coverage measures no file of such a name.
  if (file.front() == '<') return false;
  if (is_of_package(file)) return true;
  char path[kLongestRealPath];
  const std::string_view real = real_path(file.data(), path);
  // Coverage looks for a file that is not there in other places, too.
  if (real.empty()) return true;
  const PyRef globals = runs && names_modules(entries) ? globals_of_run_code() : PyRef();
  PyErr_Clear();
  PyRef keeper;
  const RunCode code{.path = real, .module = name_of_module(globals.get(), real, keeper)};
  return may_be_measured(entries, text_of_str(PySys_GetObject("prefix")), code);
}

/// The file of the package coverage, if the code is of that. importlib.import_module() has no event
/// of its own.
PyRef package_file(PyObject* code) {
  PyRef file = code != nullptr ? PyRef::attribute(code, "co_filename") : PyRef();
  return is_of_package(text_of_str(file.get())) ? std::move(file) : PyRef();
}

bool may_measure_code(PyObject* code, bool runs = false) {
  if (code == nullptr) return true;
  const PyRef file = PyRef::attribute(code, "co_filename");
  return !file || may_measure_file(file.get(), runs);
}

/// Whether site runs, or the program. Before that the interpreter imports encodings, and an import
/// of coverage would crash it.
bool can_import() { return has_begun || imported_module("site") != nullptr; }

bool is_of_coverage(std::string_view module) {
  return module == "coverage" || module.starts_with("coverage.");
}

/// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

}  // namespace

void hide_configuration() {
  char** const environment = *environ_variable();
  const std::string_view source = source_entries(environment);
  // Without the folder of a plugin no .pth file can start coverage.
  const StartedAs as = start_of(environment);
  const bool is_program = as == StartedAs::kLight && is_embedded();
  note_start(is_program ? StartedAs::kWholeProgram : as);
  if (is_program || (as != StartedAs::kLight && !source.starts_with('+'))) return;
  for (char** slot = environment; *slot != nullptr; ++slot) {
    if (!is_to_hide(*slot)) continue;
    if (hidden_count == kMostHidden) return;
    hidden[hidden_count++] = {slot, *slot};
  }
  // An entry without '=' is no variable for CPython.
  for (const Hidden& one : std::span(hidden, hidden_count)) *one.slot = nothing;
  state = State::kHidden;
}

bool is_configuration_hidden() { return state == State::kHidden; }

bool show_configuration() {
  PyObject* const environment = copied_environment();
  if (environment == nullptr) {
    PyErr_Clear();
    return false;
  }
  for (const Hidden& one : std::span(hidden, hidden_count)) *one.slot = one.entry;
  state = State::kNone;
  PyRef variables(PyDict_Copy(environment));
  PyRef folder = current_folder();
  if (!variables || !add_hidden(variables.get()) || !folder) {
    PyErr_Clear();
    return false;
  }
  const PyRef name = bytes_of("COVENV_SOURCE");
  char* text = nullptr;
  std::ptrdiff_t size = 0;
  PyObject* const spec = name ? PyDict_GetItem(variables.get(), name.get()) : nullptr;
  if (spec == nullptr || PyBytes_AsStringAndSize(spec, &text, &size) != 0) return false;
  entries = std::string_view(text, static_cast<std::size_t>(size));
  entries.remove_prefix(std::min(entries.find(':') + 1, entries.size()));
  // Never released: the entries point into them.
  at_start = {variables.release(), folder.release()};
  state = State::kWaiting;
  return true;
}

bool is_embedded() {
  int count = 1;
  wchar_t** arguments = nullptr;
  if (Py_GetArgcArgv != nullptr) Py_GetArgcArgv(&count, &arguments);
  return count == 0;
}

bool is_waiting_for_source() { return state == State::kWaiting; }

bool ends_wait(Moment moment, PyObject* arguments) {
  const PyErrorGuard guard;
  if (!is_main_interpreter() || !can_import()) return false;
  switch (moment) {
    case Moment::kCodeRuns:
      return may_measure_code(PyTuple_GetItem(arguments, 0), true);
    case Moment::kFunctionIsMade:
      return may_measure_code(PyTuple_GetItem(arguments, 0));
    case Moment::kCodeIsMade:
      return may_measure_file(PyTuple_GetItem(arguments, 1));
    case Moment::kAttributeIsSet:
      return text_of_str(PyTuple_GetItem(arguments, 1)) == "__code__" &&
             may_measure_code(PyTuple_GetItem(arguments, 2));
    case Moment::kImports:
      return is_of_coverage(text_of_str(PyTuple_GetItem(arguments, 0))) ||
             makes_interpreters(moment, arguments);
    case Moment::kThreadStarts:
    case Moment::kForks:
    case Moment::kIsWatched:
    case Moment::kInterpreterStarts:
      return true;
    case Moment::kNone:
    case Moment::kMainStarts:
    case Moment::kChildStarts:
    case Moment::kCombines:
    case Moment::kTracingChanges:
      break;
  }
  return false;
}

// A file that runs again, as by exec() of a part of its own text, is told once.
void note_code_outside(PyObject* arguments) {
  constexpr std::size_t kMostFiles = 3;
  static constinit std::array<std::uint64_t, kMostFiles> told_names = {};
  static constinit std::size_t told = 0;
  if (told == kMostFiles || !is_in_session()) return;
  const PyErrorGuard guard;
  PyObject* const code = PyTuple_GetItem(arguments, 0);
  const PyRef name = code != nullptr ? PyRef::attribute(code, "co_filename") : PyRef();
  const std::string_view file = text_of_str(name.get());
  if (file.empty() || is_of_standard_library(file)) return;
  const std::uint64_t hash = hash_of(file);
  const auto end = told_names.begin() + told;
  if (std::find(told_names.begin(), end, hash) != end) return;
  told_names[told] = hash;
  char path[kLongestRealPath];
  const std::string_view real = real_path(file.data(), path);
  record_runs_other(real.empty() ? file : real);
  ++told;
}

PyRef met_coverage(Moment moment, PyObject* arguments) {
  const PyErrorGuard guard;
  if (moment == Moment::kCodeRuns) return package_file(PyTuple_GetItem(arguments, 0));
  const bool is_import =
      moment == Moment::kImports && is_of_coverage(text_of_str(PyTuple_GetItem(arguments, 0)));
  return is_import ? PyRef(new_none()) : PyRef();
}

bool makes_interpreters(Moment moment, PyObject* arguments) {
  const PyErrorGuard guard;
  if (moment != Moment::kImports) return moment == Moment::kInterpreterStarts;
  const std::string_view module = text_of_str(PyTuple_GetItem(arguments, 0));
  if (module == "_xxsubinterpreters") return true;
  // From 3.14 on concurrent.futures imports the module, and so asyncio, but nothing crashes.
  constexpr long kFirstWithout = 0x030e0000;
  return module == "_interpreters" && PyLong_AsLong(PySys_GetObject("hexversion")) < kFirstWithout;
}

bool can_start_here() { return raw_syscall(SYS_gettid) == own_pid(); }

void put_configuration_back() {
  has_begun = true;
  PyObject* const environment = hidden_count != 0 ? copied_environment() : nullptr;
  if (environment != nullptr && add_hidden(environment)) put_in_order(environment);
  PyErr_Clear();
  hidden_count = 0;
}

void keep_place_at_exit() { has_place = call_at_end(end_method); }

bool has_place_at_exit() { return has_place; }

void use_place_at_exit() {
  PyObject* const coverage = has_place ? known_coverage() : nullptr;
  if (coverage == nullptr) return;
  const PyRef current = PyRef::attribute(coverage, "Coverage").attribute("current").call();
  if (!current || current.get() == python_none()) return;
  use_place_at_exit(current.attribute("_atexit"), PyRef());
}

void use_place_at_exit(PyRef function, PyRef stop) {
  if (function) ends_at_exit = function.release();
  stops_at_exit = stop.release();
}

const AtStart& start_of_process() { return at_start; }

void end_wait() { state = State::kNone; }

}  // namespace covenv
