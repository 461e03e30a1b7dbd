// SPDX-License-Identifier: MIT
#include "shim/runtimes/php/interpreter.h"

#include <csetjmp>
#include <string_view>

#include "shim/runtimes/symbol.h"

extern "C" [[gnu::weak, gnu::returns_twice]] int _setjmp(jmp_buf place) noexcept;

namespace covenv::php {
namespace {

/// 0: the version is not known.
std::size_t place_of_interrupt(std::string_view engine) {
  if (engine.starts_with("Zend Engine v4.2.")) return 546;  // PHP 8.2
  if (engine.starts_with("Zend Engine v4.4.")) return 550;  // PHP 8.4
  return 0;
}

/// Where PHP keeps the jmp_buf of its fatal errors, in the versions above.
constexpr std::size_t kBailout = 416;

}  // namespace

bool find_interpreter(Interpreter& php) {
  if (_setjmp == nullptr || !look_up(php.version, "get_zend_version")) return false;
  php.globals = static_cast<char*>(dlsym(RTLD_DEFAULT, "executor_globals"));
  php.shutdown_functions = static_cast<Table* const*>(dlsym(RTLD_DEFAULT, "basic_globals"));
  php.modules = static_cast<Table*>(dlsym(RTLD_DEFAULT, "module_registry"));
  php.at_interrupt = static_cast<void (**)(Frame*)>(dlsym(RTLD_DEFAULT, "zend_interrupt_function"));
  php.after_startup = static_cast<int (**)()>(dlsym(RTLD_DEFAULT, "zend_post_startup_cb"));
  return php.after_startup != nullptr && look_up(php.setting, "zend_ini_string") &&
         look_up(php.set_memory_limit, "zend_set_memory_limit") &&
         look_up(php.clear_exception, "zend_clear_exception") && php.globals != nullptr &&
         php.shutdown_functions != nullptr && php.modules != nullptr &&
         php.at_interrupt != nullptr && look_up(php.at_index, "zend_hash_index_find") &&
         look_up(php.at_name, "zend_hash_str_find") && look_up(php.evaluate, "zend_eval_stringl") &&
         look_up(php.call, "_call_user_function_impl");
}

bool knows_version(Interpreter& php) {
  if (php.interrupt != 0) return true;
  const char* const version = php.version();
  php.interrupt = version != nullptr ? place_of_interrupt(version) : 0;
  return php.interrupt != 0;
}

bool run_guarded(const Interpreter& php, void (*run)(void* context), void* context) {
  auto** const bailout = reinterpret_cast<jmp_buf**>(php.globals + kBailout);
  jmp_buf* const before = *bailout;
  jmp_buf here;
  *bailout = &here;
  const bool is_begun = _setjmp(here) == 0;
  if (is_begun) run(context);
  *bailout = before;
  return is_begun;
}

}  // namespace covenv::php
