// SPDX-License-Identifier: MIT
// The part of CPython's C API that we use. We look it up once, in CPython processes alone; the
// loader would look up each name at the start of each program.
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

/// PythonMethod::flags, of CPython's methodobject.h.
inline constexpr int kArguments = 1;    // METH_VARARGS
inline constexpr int kNoArguments = 4;  // METH_NOARGS
inline constexpr int kOneArgument = 8;  // METH_O

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

/// Looks the functions up, and returns whether this is a CPython process. Until then all below is
/// nullptr. Called by the constructor.
bool find_python();

/// The same for an object that was loaded later. True only for the first CPython.
bool find_python_in(const link_map& object);

using AnyPythonFunction = void (*)();
AnyPythonFunction python_function(PythonName name);

/// Called as the function is. Equals nullptr if this Python has no such function.
template <typename Function, PythonName kName>
struct PythonFunction {
  // NOLINTNEXTLINE(google-explicit-constructor): it is called, and compared, as the function is
  operator Function*() const { return reinterpret_cast<Function*>(python_function(kName)); }
};

#define PYTHON(type, name, parameters) \
  inline constexpr PythonFunction<type parameters, PythonName::k_##name> name;
#include "shim/python/python_functions.def"
#undef PYTHON

/// PyImport_Inittab, the built-in modules; nullptr if there is no such variable.
PythonModule* python_modules();
/// None, and the types set and dict; borrowed.
PyObject* python_none();
PyObject* python_set_type();
PyObject* python_dict_type();

}  // namespace covenv
