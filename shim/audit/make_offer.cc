// SPDX-License-Identifier: MIT
#include "shim/audit/make_offer.h"

#include <atomic>
#include <cstddef>

#include "shim/audit/coverage_variables.h"
#include "shim/coverage/own_code.h"
#include "shim/coverage/python_sources.h"
#include "shim/coverage/save.h"
#include "shim/journal/journal.h"
#include "shim/proc/kernel.h"
#include "shim/proc/new_file.h"
#include "shim/proc/path_writer.h"
#include "shim/python/python_api.h"
#include "shim/python/python_object.h"
#include "shim/state/offer.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

// Whether the offer is current. It is made before any child starts, because multiprocessing starts
// children without an event.
constinit std::atomic<bool> is_current{false};

/// offer() in coverage/offer.py. Never released, because the function remembers its last result.
constinit PyObject* function = nullptr;

void watch_running() {
  const PyErrorGuard guard;
  PyRef instances = running_coverages();
  const auto* const list = reinterpret_cast<const volatile ListObject*>(instances.get());
  if (is_offered_while(list)) return;
  const PyRef type(instances ? PyObject_Type(instances.get()) : nullptr);
  const bool is_list =
      type && list->type == type.get() && list->size == PySequence_Size(instances.get());
  if (is_list) instances.release();
  offer_while(is_list ? list : nullptr);
}

}  // namespace

void make_offer() {
  is_current.store(true);
  const bool is_configured = carries_variable();
  if (!runtime().settings.offer || (!is_configured && has_opted_out())) {
    offered().clear();
    return;
  }
  watch_running();
  if (function == nullptr) {
    PyRef compiled = compile_function(kOfferSource, "offer");
    if (!compiled) return;
    function = compiled.release();
  }
  const PyRef configured(PyBool_FromLong(static_cast<long>(is_configured)));
  PyObject* const coverage = known_coverage();
  const PyRef light(PyBool_FromLong(static_cast<long>(runtime().settings.light)));
  const PyRef arguments(
      coverage != nullptr ? PyTuple_Pack(3, coverage, configured.get(), light.get()) : nullptr);
  const PyRef entries(arguments ? PyObject_CallObject(function, arguments.get()) : nullptr);
  const std::ptrdiff_t count =
      entries && entries.get() != python_none() ? PySequence_Size(entries.get()) : 0;
  if (count == 0 || is_configured) offered().clear();
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const PyRef entry(PySequence_GetItem(entries.get(), i));
    const char* const text = entry ? PyUnicode_AsUTF8(entry.get()) : nullptr;
    if (text != nullptr) offered().remember(text);
  }
  if (count != 0 && run_of_journals() != nullptr) offered().remember(run_of_journals());
}

PyRef make_light() {
  if (!runtime().settings.light) return PyRef();
  const PyRef names(function != nullptr ? PyRef::attribute(function, "__globals__") : PyRef());
  PyObject* const makes = names ? PyDict_GetItemString(names.get(), "light_for_children") : nullptr;
  char text[128];
  PathWriter path(text);
  path.add("/dev/shm/.covenv-t");
  for (const std::uint64_t number :
       {static_cast<std::uint64_t>(own_pid()), own_start_time(), pid_namespace()}) {
    path.add("-");
    path.add_number(number);
  }
  const PyRef name(path.finish() ? PyUnicode_FromString(text) : nullptr);
  const PyRef arguments(name && makes != nullptr ? PyTuple_Pack(1, name.get()) : nullptr);
  PyRef light(arguments ? PyObject_CallObject(makes, arguments.get()) : nullptr);
  PyErr_Clear();
  return light;
}

bool is_offer_current() { return is_current.load(); }

void outdate_offer() { is_current.store(false); }

}  // namespace covenv
