// SPDX-License-Identifier: MIT
#include "shim/runtimes/node/v8.h"

#include "shim/runtimes/symbol.h"

namespace covenv::node {
namespace {

/// v8::HandleScope and v8::TryCatch have 24 and 48 bytes. Room for those of later versions.
struct Scope {
  alignas(16) char bytes[256];
};

}  // namespace

bool find_v8(V8& v8) {
  return look_up(v8.current_isolate, "_ZN2v87Isolate13TryGetCurrentEv") &&
         look_up(v8.is_in_context, "_ZN2v87Isolate9InContextEv") &&
         look_up(v8.request_interrupt, "_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_") &&
         look_up(v8.open_handle_scope, "_ZN2v811HandleScopeC1EPNS_7IsolateE") &&
         look_up(v8.close_handle_scope, "_ZN2v811HandleScopeD1Ev") &&
         look_up(v8.open_try_catch, "_ZN2v88TryCatchC1EPNS_7IsolateE") &&
         look_up(v8.close_try_catch, "_ZN2v88TryCatchD1Ev") &&
         look_up(v8.current_context, "_ZN2v87Isolate17GetCurrentContextEv") &&
         look_up(v8.new_string,
                 "_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi") &&
         look_up(v8.compile,
                 "_ZN2v86Script7CompileENS_5LocalINS_7ContextEEENS1_INS_6StringEEEPNS_"
                 "12ScriptOriginE") &&
         look_up(v8.run, "_ZN2v86Script3RunENS_5LocalINS_7ContextEEE");
}

bool run_script(const V8& v8, Isolate* isolate, const char* text) {
  constexpr int kNormal = 0;
  constexpr int kToTheEnd = -1;
  Scope handles;
  Scope exceptions;
  v8.open_handle_scope(&handles, isolate);
  v8.open_try_catch(&exceptions, isolate);
  const Local context = v8.current_context(isolate);
  const Local source = v8.new_string(isolate, text, kNormal, kToTheEnd);
  const Local script = source != nullptr ? v8.compile(context, source, nullptr) : nullptr;
  const Local result = script != nullptr ? v8.run(script, context) : nullptr;
  v8.close_try_catch(&exceptions);
  v8.close_handle_scope(&handles);
  return result != nullptr;
}

}  // namespace covenv::node
