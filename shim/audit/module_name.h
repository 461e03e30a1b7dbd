// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "shim/python/python_object.h"

namespace covenv {

/// The globals of the code that CPython's event `exec` tells, if the code is the main program, or a
/// module that importlib or runpy runs. Empty otherwise, because the event does not tell them.
PyRef globals_of_run_code();

/// The name by which coverage knows the module of these globals (name_for_module() in its
/// inorout.py). `file`: the module's, without symbolic links. Points into what `globals` hold, what
/// `keeper` then holds, or `file`. Nothing if the globals do not say it.
std::optional<std::string_view> name_of_module(PyObject* globals, std::string_view file,
                                               PyRef& keeper);

}  // namespace covenv
