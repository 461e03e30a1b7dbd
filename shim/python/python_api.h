// SPDX-License-Identifier: MIT
// The part of CPython's C API that we use. Looked up once, where it is there, and not by the
// loader, who would look for each name at the start of each program.
#pragma once

#include <cstddef>

struct PyObject;
struct link_map;

namespace covenv {

struct PythonModule {
  const char* name;
  PyObject* (*initialise)();
};

struct PythonMethod {
  const char* name;
  PyObject* (*function)(PyObject* self, PyObject* arguments);
  int flags;
  const char* doc;
};

struct PythonTypeSlot {
  int slot;
  void* function;
};

struct PythonTypeSpec {
  const char* name;
  int basic_size;
  int item_size;
  unsigned flags;
  PythonTypeSlot* slots;
};

enum class PythonName : unsigned char {
#define PYTHON(type, name, parameters) k_##name,
#include "shim/python/python_functions.def"
#undef PYTHON
  kCount,
};

/// Whether this is a CPython process; only then is anything below more than nullptr. Called by the
/// constructor.
bool find_python();

/// The same for one object that was loaded later; true once, for the first CPython that is found.
bool find_python_in(const link_map& object);

using AnyPythonFunction = void (*)();
AnyPythonFunction python_function(PythonName name);

/// Called like the function, and compared with nullptr, which it is where this Python has none.
template <typename Function, PythonName kName>
struct PythonFunction {
  // NOLINTNEXTLINE(google-explicit-constructor): it is called, and compared, as the function is
  operator Function*() const { return reinterpret_cast<Function*>(python_function(kName)); }
};

#define PYTHON(type, name, parameters) \
  inline constexpr PythonFunction<type parameters, PythonName::k_##name> name;
#include "shim/python/python_functions.def"
#undef PYTHON

/// PyImport_Inittab: the modules that are built in; nullptr where there is no such variable.
PythonModule* python_modules();
/// None, and the types set and dict; borrowed.
PyObject* python_none();
PyObject* python_set_type();
PyObject* python_dict_type();

}  // namespace covenv
