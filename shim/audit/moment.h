// SPDX-License-Identifier: MIT
// What an audit event of CPython's means to us.
#pragma once

namespace covenv {

enum class Moment : unsigned char {
  kNone,
  kMainStarts,  ///< site and its .pth files are done, the program comes next
  kCodeRuns,    ///< exec(): how modules and `coverage run` start what they run
  kChildStarts,
  kForks,
  kTracingChanges,  ///< coverage starts or stops, a thread is born
  kCombines,        ///< glob.glob(): coverage looks for data files, to combine or to erase them
};

/// `name`: the event's, of the list in the documentation of CPython's audit events.
Moment moment_of(const char* name);

}  // namespace covenv
