// SPDX-License-Identifier: MIT
#include "shim/runtimes/ruby/interpreter.h"

#include "shim/core/loaded_global.h"
#include "shim/runtimes/symbol.h"

namespace covenv::ruby {

namespace {

/// Ruby 3.3 and newer do not export it.
void* const* find_machine(Value (*coverages)()) {
  if (void* const found = dlsym(RTLD_DEFAULT, "ruby_current_vm_ptr")) {
    return static_cast<void* const*>(found);
  }
#if defined(__x86_64__)
  constexpr std::size_t kSize = 25;
  const auto* const code = reinterpret_cast<const unsigned char*>(coverages);
  const LoadedGlobal global = find_loaded_global({code, kSize});
  if (global.distance == 0) return nullptr;
  const auto* const place = reinterpret_cast<void* const*>(code + global.distance);
  return global.is_indirect ? static_cast<void* const*>(*place) : place;
#else
  static_cast<void>(coverages);
  return nullptr;
#endif
}

}  // namespace

bool find_interpreter(Interpreter& ruby) {
  if (dlsym == nullptr) return false;
  if (!look_up(ruby.coverages, "rb_get_coverages")) return false;
  ruby.machine = find_machine(ruby.coverages);
  ruby.object_class = static_cast<const Value*>(dlsym(RTLD_DEFAULT, "rb_cObject"));
  const bool has_new_jobs = look_up(ruby.register_job, "rb_postponed_job_preregister") &&
                            look_up(ruby.trigger_job, "rb_postponed_job_trigger");
  if (!has_new_jobs) ruby.register_job = nullptr;
  return ruby.machine != nullptr && ruby.object_class != nullptr &&
         look_up(ruby.is_ruby_thread, "ruby_native_thread_p") &&
         look_up(ruby.has_lock, "ruby_thread_has_gvl_p") && look_up(ruby.protect, "rb_protect") &&
         look_up(ruby.new_string, "rb_str_new_cstr") && look_up(ruby.name, "rb_intern") &&
         look_up(ruby.constant, "rb_const_get") && look_up(ruby.call, "rb_funcallv") &&
         (has_new_jobs || look_up(ruby.register_job_once, "rb_postponed_job_register_one"));
}

// rb_eval_string() evaluates in the frame that runs, with the variables of that frame, and raises
// in a thread that has none yet.
bool evaluate(const Interpreter& ruby, const char* text, Value& result) {
  struct Evaluation {
    const Interpreter& ruby;
    const char* text;
  } evaluation = {ruby, text};
  int state = 0;
  result = ruby.protect(
      [](Value argument) {
        const auto& its = *reinterpret_cast<const Evaluation*>(argument);
        const Interpreter& api = its.ruby;
        const Value binding = api.constant(*api.object_class, api.name("TOPLEVEL_BINDING"));
        const Value source = api.new_string(its.text);
        return api.call(binding, api.name("eval"), 1, &source);
      },
      reinterpret_cast<Value>(&evaluation), &state);
  return state == 0;
}

bool is_false(Value value) {
  // nil is 4 from Ruby 3.2 on, and 8 before. No object and no other constant has one of these.
  constexpr Value kNil = 4;
  constexpr Value kEarlierNil = 8;
  return value == 0 || value == kNil || value == kEarlierNil;
}

}  // namespace covenv::ruby
