// SPDX-License-Identifier: MIT
#pragma once

#include "shim/python/python_object.h"

namespace covenv {

/// The function `name` of one of our Python sources (python_sources.h). Each call makes another
/// module of the source. With the GIL.
PyRef compile_function(const char* source, const char* name);

/// Makes the compiled sources known to the processes that this one starts (code_file.h). To be
/// called before a child starts; writes once. With the GIL.
void keep_code_for_children(const char* run);

}  // namespace covenv
