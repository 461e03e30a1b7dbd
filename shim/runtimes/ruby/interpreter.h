// SPDX-License-Identifier: MIT
// The part of Ruby's C API that we use, from Ruby 2.7 on.
#pragma once

namespace covenv::ruby {

using Value = unsigned long;
using Name = unsigned long;

struct Interpreter {
  void* const* machine;     ///< the virtual machine; nullptr before its start, and after its end
  Value (*coverages)();     ///< what is measured: false or nil if nothing is. Requires the machine
  int (*is_ruby_thread)();  ///< whether Ruby has made the calling thread
  int (*has_lock)();        ///< whether the calling Ruby thread has the GVL
  Value (*protect)(Value (*run)(Value), Value argument, int* state);
  Value (*new_string)(const char* text);
  Name (*name)(const char* text);
  Value (*constant)(Value module, Name name);
  Value (*call)(Value receiver, Name method, int count, const Value* arguments);
  const Value* object_class;
  // Ruby 3.3 or newer; else nullptr.
  unsigned (*register_job)(unsigned flags, void (*job)(void*), void* argument);
  void (*trigger_job)(unsigned job);
  // Older.
  int (*register_job_once)(unsigned flags, void (*job)(void*), void* argument);
};

/// Looks all functions up. False if this program has no Ruby in it that is as we know it.
bool find_interpreter(Interpreter& ruby);

/// Evaluates a text at the top level of the program. False if that has raised an exception.
/// Requires the GVL.
bool evaluate(const Interpreter& ruby, const char* text, Value& result);

/// Whether this is nil or false, in each Ruby since 2.7.
bool is_false(Value value);

/// Ruby's representation of a small integer.
constexpr Value small_integer(unsigned long number) { return number * 2 + 1; }

}  // namespace covenv::ruby
