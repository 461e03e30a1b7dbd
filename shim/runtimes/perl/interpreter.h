// SPDX-License-Identifier: MIT
// The part of Perl's C API that we use, from Perl 5.18 on.
#pragma once

namespace covenv::perl {

struct PerlInterpreter;
struct Scalar;
using Handler = void (*)(int signal, void* info, void* context);

struct Perl {
  PerlInterpreter* const* first;            ///< the initial interpreter; nullptr before its start
  PerlInterpreter* (*get_current)();        ///< of the calling thread; nullptr from 5.38 on
  PerlInterpreter* const* current_of_main;  ///< from 5.38 on: of the main thread
  const unsigned short* interpreter_size;
  Scalar* (*evaluate)(PerlInterpreter*, const char* text, int croaks);
  long (*integer)(PerlInterpreter*, Scalar*, int flags);
  Handler note_signal;    ///< Perl's own handler in C: the signal is handled after the operation
  Handler handle_signal;  ///< nullptr from 5.38 on
};

/// Looks all functions up. False if this program has no Perl in it that is as we know it, or one
/// that is built without ithreads (MULTIPLICITY), whose functions take no interpreter.
bool find_perl(Perl& perl);

/// The main thread's interpreter. Requires the main thread.
inline PerlInterpreter* current(const Perl& perl) {
  return perl.get_current != nullptr ? perl.get_current() : *perl.current_of_main;
}

/// Has Perl call `handler` at its safe points in the place of its own one. False if it cannot.
bool take_over_signals(const Perl& perl, PerlInterpreter* interpreter, Handler handler);

}  // namespace covenv::perl
