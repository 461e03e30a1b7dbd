// SPDX-License-Identifier: MIT
// The meaning of CPython's audit events.
#pragma once

namespace covenv {

enum class Moment : unsigned char {
  kNone,
  kMainStarts,  ///< site and its .pth files are done, the program runs next
  kCodeRuns,    ///< exec(): how modules and `coverage run` start what they run
  kChildStarts,
  kForks,
  kTracingChanges,  ///< coverage starts or stops, a thread is born
  kCodeIsMade,      ///< the file's name is the second argument
  kFunctionIsMade,  ///< from a code object
  kImports,
  kThreadStarts,
  kAttributeIsSet,  ///< of an object whose attributes matter
  kIsWatched,       ///< the program hears of events or calls from now on
  kInterpreterStarts,
  kCombines,  ///< glob.glob(): coverage looks for data files, to combine or to erase them
};

/// `name`: the name of an event, from the table in CPython's documentation.
Moment moment_of(const char* name);

}  // namespace covenv
