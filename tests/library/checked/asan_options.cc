// SPDX-License-Identifier: MIT
// A preloaded library brings AddressSanitizer into programs that were not built for it, behind
// other libraries and without a variable in their environment. Signals and stacks stay the
// program's.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options();

const char* __asan_default_options() {
  return "verify_asan_link_order=0:detect_leaks=0:use_sigaltstack=0:handle_segv=0:handle_sigbus=0:"
         "handle_abort=0:handle_sigill=0:handle_sigfpe=0:abort_on_error=1";
}
