// SPDX-License-Identifier: MIT
#pragma once

#include "shim/python/python_object.h"

namespace covenv {

enum class PythonText : unsigned char;

/// The function `name` of one of our Python modules (python_sources.h). Each call makes the module
/// anew. With the GIL.
PyRef compile_function(const PythonText* texts, const char* name);

/// Makes the compiled sources, and what `make_light` returns, known to the processes that this one
/// starts (code_file.h). To be called before a child starts; writes once. With the GIL.
void keep_code_for_children(const char* run, PyRef (*make_light)());

/// What the `make_light` of the process that has written the file returned.
PyRef light_of_run();

}  // namespace covenv
