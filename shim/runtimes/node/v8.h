// SPDX-License-Identifier: MIT
// The part of V8's and Node's C++ API that we use, by its mangled names, which are the same from
// Node 18 to 24.
#pragma once

#include <cstddef>

namespace covenv::node {

class Isolate;
/// node::Environment: what Node knows of one isolate.
class Environment;
/// node::profiler::V8CoverageConnection: measures one isolate, and writes the file.
class CoverageConnection;
/// A v8::Local: one pointer, which is nullptr if it is empty.
using Local = void*;

struct V8 {
  Isolate* (*current_isolate)();  ///< of the calling thread; nullptr if it has entered none
  bool (*is_in_context)(Isolate*);
  void (*request_interrupt)(Isolate*, void (*callback)(Isolate*, void*), void*);
  void (*open_handle_scope)(void* scope, Isolate*);
  void (*close_handle_scope)(void* scope);
  Local (*current_context)(Isolate*);
  Environment* (*environment_of)(Local context);
  // For a script.
  Local (*main_context)(Environment*);  ///< nullptr before Node 20
  void (*enter_context)(void* context);
  void (*exit_context)(void* context);
  void (*open_try_catch)(void* scope, Isolate*);
  void (*close_try_catch)(void* scope);
  Local (*new_string)(Isolate*, const char* text, int type, int size);
  Local (*compile)(Local context, Local source, void* origin);
  Local (*run)(Local script, Local context);
  // For V8's coverage.
  void (*take_coverage)(CoverageConnection*);
  bool (*is_ending)(const CoverageConnection*);
  const void* const* connection_table;  ///< the virtual functions of a CoverageConnection
  // Each is nullptr in a version without it.
  int (*kill)(int pid, int signal);  ///< libuv's, which process.kill() calls
  void (*on_fatal_error)(Isolate*, void (*callback)(const char* where, const char* what));
  void (*near_heap_limit)(Isolate*, std::size_t (*callback)(void*, std::size_t, std::size_t),
                          void*);
};

/// Looks all functions up. False if this program is no Node, or one that is not as we know it.
bool find_v8(V8& v8);

/// The handles of V8 that a scope makes end with the scope.
class HandleScope {
 public:
  HandleScope(const V8& v8, Isolate* isolate) : v8_(v8) { v8.open_handle_scope(bytes_, isolate); }
  ~HandleScope() { v8_.close_handle_scope(bytes_); }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;

 private:
  const V8& v8_;
  alignas(16) char bytes_[256];  // a v8::HandleScope has 24, that of a later version may have more
};

/// The environment of the isolate, also inside of a context that `vm` has made; nullptr if Node has
/// not made one yet. Requires the isolate's thread, is_in_context(), and a HandleScope.
Environment* current_environment(const V8& v8, Isolate* isolate);

struct FoundConnection {
  CoverageConnection* connection = nullptr;  ///< nullptr: V8 does not measure in this environment
  bool is_doubtful = false;                  ///< if it is nullptr: memory could not be looked at
};
FoundConnection find_connection(const V8& v8, const Environment* environment);

/// Runs JavaScript in the main context, and returns whether the script has raised no exception.
/// `text`: ASCII. Requires what current_environment() requires.
bool run_script(const V8& v8, Isolate* isolate, Environment* environment, const char* text);

}  // namespace covenv::node
