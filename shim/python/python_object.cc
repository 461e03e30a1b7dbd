// SPDX-License-Identifier: MIT
#include "shim/python/python_object.h"

namespace covenv {

PyObject* imported_module(const char* name) {
  PyObject* const modules = PySys_GetObject("modules");
  return modules != nullptr ? PyDict_GetItemString(modules, name) : nullptr;
}

bool is_main_interpreter() {
  return PyInterpreterState_Get == nullptr || PyInterpreterState_Main == nullptr ||
         PyInterpreterState_Get() == PyInterpreterState_Main();
}

bool are_interpreters_apart() { return PyErr_GetRaisedException != nullptr; }

std::string_view text_of_str(PyObject* object) {
  const char* const text = object != nullptr ? PyUnicode_AsUTF8(object) : nullptr;
  return text != nullptr ? std::string_view(text) : std::string_view();
}

}  // namespace covenv
