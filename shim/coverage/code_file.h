// SPDX-License-Identifier: MIT
// A file in /dev/shm with the compiled form of our own Python sources. A run's first process that
// starts a child writes the file, and removes it at its end. The measured processes below read it,
// because compiling would cost more than all else that covenv does in them. The file is this
// user's and closed to all others; its name holds the run's, which cannot be guessed.
// coverage/salvage.py removes a file whose process was killed.
#pragma once

#include <cstddef>

#include "shim/python/python_object.h"
#include "shim/session/code_file_layout.h"

namespace covenv {

/// An object of the run's file; empty, without an exception, if there is no file to trust.
PyRef object_from_file(std::size_t index);

/// Whether the file of this run ("COVENV_RUN=...") is missing, and this process may write one.
bool may_write_code_file(const char* run);

/// Writes the file of the run that was asked for last. Nothing happens if that fails.
void write_code_file(const PyRef (&objects)[kObjectsInFile]);

}  // namespace covenv
