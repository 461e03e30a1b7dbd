// SPDX-License-Identifier: MIT
#include "shim/python/python_api.h"

#include <link.h>

#include <string_view>

#include "shim/loader/loaded_objects.h"

namespace covenv {
namespace {

constexpr auto kCount = static_cast<std::size_t>(PythonName::kCount);

constinit AnyPythonFunction functions[kCount] = {};
constinit PythonModule** modules = nullptr;
constinit PyObject* none = nullptr;
constinit PyObject* set_type = nullptr;
constinit PyObject* dict_type = nullptr;

template <typename Target>
void find_if_empty(Target*& slot, const SymbolTable& symbols, SymbolName name) {
  if (slot == nullptr) slot = reinterpret_cast<Target*>(symbols.find(name));
}

void find_in(const SymbolTable& symbols) {
  static constexpr const char kNames[] =
#define PYTHON(type, name, parameters) #name "\0"
#include "shim/python/python_functions.def"
#undef PYTHON
      ;
  const char* name = kNames;
  for (AnyPythonFunction& function : functions) {
    find_if_empty(function, symbols, SymbolName(name));
    name += std::string_view(name).size() + 1;
  }
  find_if_empty(modules, symbols, SymbolName("PyImport_Inittab"));
  find_if_empty(none, symbols, SymbolName("_Py_NoneStruct"));
  find_if_empty(set_type, symbols, SymbolName("PySet_Type"));
  find_if_empty(dict_type, symbols, SymbolName("PyDict_Type"));
}

bool has_python(const SymbolTable& symbols) {
  constexpr SymbolName kEverywhere("PyGILState_Ensure");
  return symbols.find(kEverywhere) != nullptr;
}

bool is_loaded() {
  for (const link_map* object = first_object(); object != nullptr; object = object->l_next) {
    if (has_python(symbols_of(*object))) return true;
  }
  return false;
}

}  // namespace

bool find_python() {
  if (!is_loaded()) return false;
  for (const link_map* object = first_object(); object != nullptr; object = object->l_next) {
    find_in(symbols_of(*object));
  }
  return true;
}

bool find_python_in(const link_map& object) {
  const SymbolTable symbols = symbols_of(object);
  if (PyGILState_Ensure != nullptr || !has_python(symbols)) return false;
  find_in(symbols);
  return true;
}

AnyPythonFunction python_function(PythonName name) {
  return functions[static_cast<std::size_t>(name)];
}

PythonModule* python_modules() { return modules != nullptr ? *modules : nullptr; }

PyObject* python_none() { return none; }

PyObject* python_set_type() { return set_type; }

PyObject* python_dict_type() { return dict_type; }

}  // namespace covenv
