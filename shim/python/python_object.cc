// SPDX-License-Identifier: MIT
#include "shim/python/python_object.h"

namespace covenv {

PyObject* imported_module(const char* name) {
  PyObject* const modules = PySys_GetObject("modules");
  return modules != nullptr ? PyDict_GetItemString(modules, name) : nullptr;
}

std::string_view text_of_str(PyObject* object) {
  const char* const text = object != nullptr ? PyUnicode_AsUTF8(object) : nullptr;
  return text != nullptr ? std::string_view(text) : std::string_view();
}

PyRef compile_function(const char* source, const char* name) {
  constexpr int kFileInput = 257;  // Py_file_input
  const PyRef globals(PyDict_New());
  if (!globals) return PyRef();
  // Not those of the frame that runs, which the program may have restricted.
  PyObject* const builtins = imported_module("builtins");
  PyDict_SetItemString(globals.get(), "__builtins__",
                       builtins != nullptr ? builtins : PyEval_GetBuiltins());
  const PyRef code(Py_CompileString(source, "<covenv>", kFileInput));
  if (!code) return PyRef();
  const PyRef done(PyEval_EvalCode(code.get(), globals.get(), globals.get()));
  PyObject* const function = done ? PyDict_GetItemString(globals.get(), name) : nullptr;
  if (function == nullptr) return PyRef();
  Py_IncRef(function);
  return PyRef(function);
}

}  // namespace covenv
