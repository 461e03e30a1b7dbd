// SPDX-License-Identifier: MIT
#include "shim/runtimes/perl/interpreter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "shim/runtimes/symbol.h"

namespace covenv::perl {

namespace {

bool are_close(Handler one, Handler other) {
  constexpr std::uintptr_t kSize = 4096;
  const auto a = reinterpret_cast<std::uintptr_t>(one);
  const auto b = reinterpret_cast<std::uintptr_t>(other);
  return std::max(a, b) - std::min(a, b) < kSize;
}

}  // namespace

bool find_perl(Perl& perl) {
  if (dlsym == nullptr) return false;
  perl.first = static_cast<PerlInterpreter* const*>(dlsym(RTLD_DEFAULT, "PL_curinterp"));
  perl.interpreter_size =
      static_cast<const unsigned short*>(dlsym(RTLD_DEFAULT, "PL_interp_size_5_18_0"));
  const bool has_interpreters = dlsym(RTLD_DEFAULT, "PL_thr_key") != nullptr;
  if (!look_up(perl.note_signal, "Perl_csighandler3")) {
    look_up(perl.note_signal, "Perl_csighandler");
  }
  look_up(perl.handle_signal, "Perl_sighandler");
  if (!look_up(perl.get_current, "Perl_get_context")) {
    // A thread's own variable, of this thread.
    perl.current_of_main =
        static_cast<PerlInterpreter* const*>(dlsym(RTLD_DEFAULT, "PL_current_context"));
  }
  return has_interpreters && perl.first != nullptr && perl.interpreter_size != nullptr &&
         perl.note_signal != nullptr &&
         (perl.get_current != nullptr || perl.current_of_main != nullptr) &&
         look_up(perl.evaluate, "Perl_eval_pv") && look_up(perl.integer, "Perl_sv_2iv_flags");
}

bool take_over_signals(const Perl& perl, PerlInterpreter* interpreter, Handler handler) {
  auto* const fields = reinterpret_cast<Handler*>(interpreter);
  const std::size_t count = *perl.interpreter_size / sizeof(Handler);
  if (perl.handle_signal != nullptr) {
    Handler* const field = std::find(fields, fields + count, perl.handle_signal);
    if (field == fields + count) return false;
    *field = handler;
    return true;
  }
  // Perl's handler is not exported. It is called by three fields in a row, one for each number of
  // arguments, which name functions in the source that holds `note_signal`.
  for (std::size_t i = 0; i + 3 <= count; ++i) {
    const auto is_beside = [&](Handler field) { return are_close(field, perl.note_signal); };
    if (!std::all_of(&fields[i], &fields[i + 3], is_beside)) continue;
    std::fill(&fields[i], &fields[i + 3], handler);
    return true;
  }
  return false;
}

}  // namespace covenv::perl
