// SPDX-License-Identifier: MIT
// The part of V8's C++ API that we use, by its mangled names, which are the same from Node 18
// to 24.
#pragma once

namespace covenv::node {

class Isolate;
/// A v8::Local: one pointer, which is nullptr if it is empty.
using Local = void*;

struct V8 {
  Isolate* (*current_isolate)();  ///< of the calling thread; nullptr if it has entered none
  bool (*is_in_context)(Isolate*);
  void (*request_interrupt)(Isolate*, void (*callback)(Isolate*, void*), void*);
  void (*open_handle_scope)(void* scope, Isolate*);
  void (*close_handle_scope)(void* scope);
  void (*open_try_catch)(void* scope, Isolate*);
  void (*close_try_catch)(void* scope);
  Local (*current_context)(Isolate*);
  Local (*new_string)(Isolate*, const char* text, int type, int size);
  Local (*compile)(Local context, Local source, void* origin);
  Local (*run)(Local script, Local context);
};

/// Looks all functions up. False if this program has no V8, or one that is not as we know it.
bool find_v8(V8& v8);

/// Runs JavaScript in the current context, and returns whether it has raised no exception.
/// `text`: ASCII. Requires the isolate's thread, and is_in_context().
bool run_script(const V8& v8, Isolate* isolate, const char* text);

}  // namespace covenv::node
