// SPDX-License-Identifier: MIT
#include "shim/coverage/own_code.h"

#include <cstddef>
#include <string_view>

#include "shim/coverage/code_file.h"
#include "shim/coverage/python_sources.h"
#include "shim/python/python_api.h"

namespace covenv {
namespace {

constinit PyObject* compiled[kCodesInFile] = {};

PyRef compile(const char* source) {
  constexpr int kFileInput = 257;  // Py_file_input
  return PyRef(Py_CompileString(source, "<covenv>", kFileInput));
}

const char* text_of(PythonText text) {
  const auto* source = reinterpret_cast<const char*>(&kPythonTexts);
  for (auto left = static_cast<std::size_t>(text) - 1; left > 0; --left) {
    source += std::string_view(source).size() + 1;
  }
  return source;
}

PyRef code_of(PythonText text) {
  const std::size_t index = static_cast<std::size_t>(text) - 1;
  // Objects of another interpreter do not live as long as the process.
  if (index >= kCodesInFile || !is_main_interpreter()) return compile(text_of(text));
  if (compiled[index] == nullptr) {
    PyRef code = object_from_file(index);
    if (!code) code = compile(text_of(text));
    compiled[index] = code.release();
  }
  return PyRef::shared(compiled[index]);
}

}  // namespace

PyRef compile_function(const PythonText* texts, const char* name) {
  const PyRef globals(PyDict_New());
  if (!globals) return PyRef();
  // Not those of the frame that runs, which the program may have restricted.
  PyObject* const builtins = imported_module("builtins");
  PyDict_SetItemString(globals.get(), "__builtins__",
                       builtins != nullptr ? builtins : PyEval_GetBuiltins());
  // What the program runs for our code (a profile function, an audit hook) may look it up.
  const PyRef own(PyUnicode_FromString("covenv"));
  if (own) PyDict_SetItemString(globals.get(), "__name__", own.get());
  for (const char* const module : {"sys", "posix"}) {
    if (PyObject* const known = imported_module(module); known != nullptr) {
      PyDict_SetItemString(globals.get(), module, known);
    }
  }
  for (; *texts != PythonText::kEnd; ++texts) {
    const PyRef code = code_of(*texts);
    const PyRef done(code ? PyEval_EvalCode(code.get(), globals.get(), globals.get()) : nullptr);
    if (!done) return PyRef();
  }
  return PyRef::shared(PyDict_GetItemString(globals.get(), name));
}

void keep_code_for_children(const char* run, PyRef (*make_light)()) {
  // One look per process, because each start of a child comes here.
  static constinit bool has_looked = false;
  if (has_looked || run == nullptr) return;
  has_looked = true;
  if (!may_write_code_file(run)) return;
  PyRef objects[kObjectsInFile];
  for (std::size_t i = 0; i < kCodesInFile; ++i)
    objects[i] = code_of(static_cast<PythonText>(i + 1));
  objects[kCodesInFile] = make_light();
  if (!objects[kCodesInFile]) objects[kCodesInFile] = PyRef(new_none());
  write_code_file(objects);
}

PyRef light_of_run() { return object_from_file(kCodesInFile); }

}  // namespace covenv
