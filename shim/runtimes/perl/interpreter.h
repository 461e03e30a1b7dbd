// SPDX-License-Identifier: MIT
// The part of Perl's C API that we use, from Perl 5.18 on.
#pragma once

namespace covenv::perl {

struct PerlInterpreter;
struct Scalar;
using Handler = void (*)(int signal, void* info, void* context);

struct Perl {
  PerlInterpreter* const* first;  ///< the initial interpreter; nullptr before its start
  PerlInterpreter* (*current)();  ///< of the calling thread
  const unsigned short* interpreter_size;
  Scalar* (*evaluate)(PerlInterpreter*, const char* text, int croaks);
  long (*integer)(PerlInterpreter*, Scalar*, int flags);
  Handler note_signal;  ///< Perl's own handler in C: the signal is handled after the operation
  Handler handle_signal;
};

/// Looks all functions up. False if this program has no Perl in it that is as we know it, or one
/// that is built without ithreads (MULTIPLICITY), whose functions take no interpreter.
bool find_perl(Perl& perl);

/// The place in the interpreter that holds `perl.handle_signal`, which Perl calls at its safe
/// points; nullptr if there is none.
Handler* signal_slot(const Perl& perl, PerlInterpreter* interpreter);

}  // namespace covenv::perl
