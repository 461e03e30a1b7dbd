// SPDX-License-Identifier: MIT
#include "shim/runtimes/ruby/interpreter.h"

#include "shim/runtimes/symbol.h"

namespace covenv::ruby {

bool find_interpreter(Interpreter& ruby) {
  if (dlsym == nullptr) return false;
  ruby.machine = static_cast<void* const*>(dlsym(RTLD_DEFAULT, "ruby_current_vm_ptr"));
  const bool has_new_jobs = look_up(ruby.register_job, "rb_postponed_job_preregister") &&
                            look_up(ruby.trigger_job, "rb_postponed_job_trigger");
  if (!has_new_jobs) ruby.register_job = nullptr;
  return ruby.machine != nullptr && look_up(ruby.coverages, "rb_get_coverages") &&
         look_up(ruby.is_ruby_thread, "ruby_native_thread_p") &&
         look_up(ruby.has_lock, "ruby_thread_has_gvl_p") &&
         look_up(ruby.evaluate, "rb_eval_string_protect") &&
         (has_new_jobs || look_up(ruby.register_job_once, "rb_postponed_job_register_one"));
}

bool is_false(Value value) {
  // nil is 4 from Ruby 3.2 on, and 8 before. No object and no other constant has one of these.
  constexpr Value kNil = 4;
  constexpr Value kEarlierNil = 8;
  return value == 0 || value == kNil || value == kEarlierNil;
}

}  // namespace covenv::ruby
