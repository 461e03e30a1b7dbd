// SPDX-License-Identifier: MIT
#include "shim/python/thread_starts.h"

#include <string_view>

#include "shim/python/python_object.h"

namespace covenv {
namespace {

/// The first members of CPython's PyModuleDef.
struct ModuleDefinition {
  void* base[5];
  const char* name;
  const char* doc;
  std::ptrdiff_t size;
  PythonMethod* methods;
};

using Tell = void (*)();
using Start = PyObject* (*)(PyObject*, PyObject*);
constinit Tell tell = nullptr;
constinit Start start_new_thread = nullptr;

PyObject* tell_and_start(PyObject* self, PyObject* arguments) {
  tell();
  return start_new_thread(self, arguments);
}

bool starts_thread(const PythonMethod& method) {
  const std::string_view name(method.name);
  return (name == "start_new_thread" || name == "start_new") && method.flags == kArguments;
}

}  // namespace

// The function object stays the same, because programs compare it: only what the object calls is
// replaced, in the module's own table, which CPython does not declare constant.
void watch_thread_starts(void (*told)()) {
  const bool has_event = PyErr_GetRaisedException != nullptr;
  PyObject* const module = imported_module("_thread");
  if (has_event || module == nullptr || PyModule_GetDef == nullptr) return;
  const auto* const definition = static_cast<const ModuleDefinition*>(PyModule_GetDef(module));
  if (definition == nullptr || definition->methods == nullptr) return;
  tell = told;
  for (PythonMethod* method = definition->methods; method->name != nullptr; ++method) {
    if (!starts_thread(*method)) continue;
    start_new_thread = method->function;
    method->function = tell_and_start;
  }
}

}  // namespace covenv
