// SPDX-License-Identifier: MIT
// The part of Zend's C API that we use, from PHP 8 on, without thread safety (ZTS), as PHP's
// command line is built.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covenv::php {

/// A value of PHP's: zval.
struct Value {
  std::int64_t content = 0;
  std::uint32_t type = 0;
  std::uint32_t more = 0;
};
constexpr std::uint32_t kInteger = 4;
constexpr std::uint32_t kObject = 8;

struct Table;  ///< HashTable

/// zend_execute_data
struct Frame {
  const void* unused[3];
  const void* function;
  Value object;
  const Frame* caller;
};

/// What register_shutdown_function() has put into its table; Value::content points here.
struct ShutdownFunction {
  std::size_t size;
  Value function;  ///< an object if it is a closure
};

struct Interpreter {
  const char* (*version)();          ///< nullptr before the start
  char* globals;                     ///< executor_globals
  Table* const* shutdown_functions;  ///< the first field of basic_globals; nullptr: none
  Table* modules;                    ///< complete when the program begins
  void (**at_interrupt)(Frame*);
  int (**after_startup)();  ///< zend_post_startup_cb: called once, when the settings are read
  char* (*setting)(const char* name, std::size_t length, int is_original);
  int (*set_memory_limit)(std::size_t bytes);
  void (*clear_exception)();
  Value* (*at_index)(Table*, unsigned long index);
  Value* (*at_name)(Table*, const char* name, std::size_t length);
  int (*evaluate)(const char* text, std::size_t length, Value* result, const char* name);
  int (*call)(Value* object, Value* function, Value* result, std::uint32_t count, Value* arguments,
              Table* named);
  std::size_t interrupt;  ///< where in `globals` the flag is that asks for `at_interrupt`
};

/// Looks all up but `interrupt`. False if this program has no PHP in it that is as we know it.
bool find_interpreter(Interpreter& php);

/// Sets `interrupt`. False before the start of PHP, and if the layout of this version is not known.
bool knows_version(Interpreter& php);

/// Runs `run`, whose fatal errors end here, and not in PHP's own end, which would run the functions
/// of the program. False after a fatal error.
bool run_guarded(const Interpreter& php, void (*run)(void* context), void* context);

}  // namespace covenv::php
