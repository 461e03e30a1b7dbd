// SPDX-License-Identifier: MIT
#include "shim/audit/module_name.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "shim/python/python_api.h"

namespace covenv {
namespace {

/// The file's name without folders and suffix; empty without the suffix of a Python file.
std::string_view stem_of(std::string_view file) {
  file.remove_prefix(std::min(file.rfind('/') + 1, file.size()));
  for (const std::string_view suffix : {".py", ".pyc"}) {
    if (file.ends_with(suffix)) return file.substr(0, file.size() - suffix.size());
  }
  return {};
}

constexpr std::string_view kMain = "__main__";

}  // namespace

PyRef globals_of_run_code() {
  auto* const frame = static_cast<PyObject*>(PyEval_GetFrame());
  if (frame == nullptr) {
    PyObject* const main = imported_module("__main__");
    return main != nullptr ? PyRef::attribute(main, "__dict__") : PyRef();
  }
  const PyRef code = PyRef::attribute(frame, "f_code");
  const PyRef function = code.attribute("co_name");
  const PyRef file = code.attribute("co_filename");
  const std::string_view path = text_of_str(file.get());
  const bool is_import = path == "<frozen importlib._bootstrap>" &&
                         text_of_str(function.get()) == "_call_with_frames_removed";
  const bool is_run = (path == "<frozen runpy>" || path.ends_with("/runpy.py")) &&
                      text_of_str(function.get()) == "_run_code";
  if (!is_import && !is_run) return {};
  const PyRef locals = PyRef::attribute(frame, "f_locals");
  const PyRef name(PyUnicode_FromString(is_import ? "args" : "run_globals"));
  PyRef value(locals && name ? PyObject_GetItem(locals.get(), name.get()) : nullptr);
  return is_import && value ? PyRef::shared(PyTuple_GetItem(value.get(), 1)) : std::move(value);
}

std::optional<std::string_view> name_of_module(PyObject* globals, std::string_view file,
                                               PyRef& keeper) {
  PyObject* const name = globals != nullptr ? PyDict_GetItemString(globals, "__name__") : nullptr;
  const std::string_view own = text_of_str(name);
  PyErr_Clear();
  if (own.empty()) return std::nullopt;
  if (own != kMain) return own;
  PyObject* const spec = PyDict_GetItemString(globals, "__spec__");
  if (spec != nullptr && spec != python_none()) {
    keeper = PyRef::attribute(spec, "name");
    const std::string_view full = text_of_str(keeper.get());
    PyErr_Clear();
    if (!full.empty() && full != kMain) return full;
  }
  const std::string_view stem = stem_of(file);
  return stem.empty() ? own : stem;
}

}  // namespace covenv
