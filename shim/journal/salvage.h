// SPDX-License-Identifier: MIT
// The journals of processes that have ended become data of coverage's when somebody combines.
#pragma once

struct PyObject;

namespace covenv {

/// Before glob.glob() looks: `arguments` are its audit event's. With the GIL. If coverage is about
/// to combine, the data of the journals for the same data file is among the files that it finds
/// then; if it erases, the journals of other runs are gone.
void salvage_before(PyObject* arguments);

/// Before the program begins. If this is the first process of a run that measures, the journals
/// that are left become data files when its interpreter shuts down. With the GIL.
void salvage_at_end();

}  // namespace covenv
