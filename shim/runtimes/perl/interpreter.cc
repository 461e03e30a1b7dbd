// SPDX-License-Identifier: MIT
#include "shim/runtimes/perl/interpreter.h"

#include <cstddef>

#include "shim/runtimes/symbol.h"

namespace covenv::perl {

bool find_perl(Perl& perl) {
  if (dlsym == nullptr) return false;
  perl.first = static_cast<PerlInterpreter* const*>(dlsym(RTLD_DEFAULT, "PL_curinterp"));
  perl.interpreter_size =
      static_cast<const unsigned short*>(dlsym(RTLD_DEFAULT, "PL_interp_size_5_18_0"));
  const bool has_interpreters = dlsym(RTLD_DEFAULT, "PL_thr_key") != nullptr;
  if (!look_up(perl.note_signal, "Perl_csighandler3")) {
    look_up(perl.note_signal, "Perl_csighandler");
  }
  return has_interpreters && perl.first != nullptr && perl.interpreter_size != nullptr &&
         perl.note_signal != nullptr && look_up(perl.current, "Perl_get_context") &&
         look_up(perl.evaluate, "Perl_eval_pv") && look_up(perl.integer, "Perl_sv_2iv_flags") &&
         look_up(perl.handle_signal, "Perl_sighandler");
}

Handler* signal_slot(const Perl& perl, PerlInterpreter* interpreter) {
  auto* const fields = reinterpret_cast<Handler*>(interpreter);
  for (std::size_t i = 0; i < *perl.interpreter_size / sizeof(Handler); ++i) {
    if (fields[i] == perl.handle_signal) return &fields[i];
  }
  return nullptr;
}

}  // namespace covenv::perl
