// SPDX-License-Identifier: MIT
// Makes coverage data of the journals of processes that have ended, before a combine.
#pragma once

struct PyObject;

namespace covenv {

/// To be called before glob.glob(), with the arguments of its audit event, and with the GIL. If
/// coverage is about to combine, makes data files of the journals for the same data file, which
/// coverage then finds; if coverage erases, removes the journals of other runs.
void salvage_before(PyObject* arguments);

/// To be called before the program begins, with the GIL. If this is the first process of a run that
/// measures, remaining journals become data files when its interpreter shuts down.
void salvage_at_end();

}  // namespace covenv
