// SPDX-License-Identifier: MIT
#include "shim/runtimes/node/v8.h"

#include <cstdint>

#include "shim/loader/stack.h"
#include "shim/runtimes/symbol.h"

namespace covenv::node {

bool find_v8(V8& v8) {
  look_up(v8.kill, "uv_kill");
  look_up(v8.main_context, "_ZN4node14GetMainContextEPNS_11EnvironmentE");
  look_up(v8.on_fatal_error, "_ZN2v87Isolate20SetFatalErrorHandlerEPFvPKcS2_E");
  look_up(v8.near_heap_limit, "_ZN2v87Isolate24AddNearHeapLimitCallbackEPFmPvmmES1_");
  return look_up(v8.environment_of, "_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE") &&
         look_up(v8.take_coverage, "_ZN4node8profiler20V8CoverageConnection12TakeCoverageEv") &&
         look_up(v8.is_ending, "_ZNK4node8profiler20V8CoverageConnection6endingEv") &&
         look_up(v8.connection_table, "_ZTVN4node8profiler20V8CoverageConnectionE") &&
         look_up(v8.current_isolate, "_ZN2v87Isolate13TryGetCurrentEv") &&
         look_up(v8.is_in_context, "_ZN2v87Isolate9InContextEv") &&
         look_up(v8.request_interrupt, "_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_") &&
         look_up(v8.open_handle_scope, "_ZN2v811HandleScopeC1EPNS_7IsolateE") &&
         look_up(v8.close_handle_scope, "_ZN2v811HandleScopeD1Ev") &&
         look_up(v8.current_context, "_ZN2v87Isolate17GetCurrentContextEv") &&
         look_up(v8.enter_context, "_ZN2v87Context5EnterEv") &&
         look_up(v8.exit_context, "_ZN2v87Context4ExitEv") &&
         look_up(v8.open_try_catch, "_ZN2v88TryCatchC1EPNS_7IsolateE") &&
         look_up(v8.close_try_catch, "_ZN2v88TryCatchD1Ev") &&
         look_up(v8.new_string,
                 "_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi") &&
         look_up(v8.compile,
                 "_ZN2v86Script7CompileENS_5LocalINS_7ContextEEENS1_INS_6StringEEEPNS_"
                 "12ScriptOriginE") &&
         look_up(v8.run, "_ZN2v86Script3RunENS_5LocalINS_7ContextEEE");
}

Environment* current_environment(const V8& v8, Isolate* isolate) {
  const Local context = v8.current_context(isolate);
  return context != nullptr ? v8.environment_of(context) : nullptr;
}

// No function gives the connection. But a member of the environment points at it, and an object is
// known by its table of virtual functions, whose first two words stand before the object's pointer.
FoundConnection find_connection(const V8& v8, const Environment* environment) {
  constexpr std::size_t kMost = 16384;
  constexpr std::uintptr_t kPage = 4096;
  constexpr std::uintptr_t kAlignment = 16;  // of memory that malloc() gives
  const auto first = reinterpret_cast<std::uintptr_t>(environment);
  FoundConnection found;
  const auto can_follow = [&](std::uintptr_t address) {
    const Readable readable = look_whether_readable(reinterpret_cast<const void*>(address));
    if (readable == Readable::kUnknown) found.is_doubtful = true;
    return readable == Readable::kYes;
  };
  for (std::uintptr_t at = first; at < first + kMost; at += sizeof(void*)) {
    const bool is_new_page = at == first || at % kPage == 0;
    if (is_new_page && !can_follow(at)) break;
    const auto value = *reinterpret_cast<const std::uintptr_t*>(at);
    if (value < kPage || value % kAlignment != 0) continue;
    auto* const object = reinterpret_cast<const void* const*>(value);
    if (can_follow(value) && *object == v8.connection_table + 2) {
      return {.connection = reinterpret_cast<CoverageConnection*>(value)};
    }
  }
  return found;
}

bool run_script(const V8& v8, Isolate* isolate, Environment* environment, const char* text) {
  constexpr int kNormal = 0;
  constexpr int kToTheEnd = -1;
  const HandleScope handles(v8, isolate);
  alignas(16) char exceptions[256];  // a v8::TryCatch has 48
  const Local context =
      v8.main_context != nullptr ? v8.main_context(environment) : v8.current_context(isolate);
  v8.enter_context(context);
  v8.open_try_catch(exceptions, isolate);
  const Local source = v8.new_string(isolate, text, kNormal, kToTheEnd);
  const Local script = source != nullptr ? v8.compile(context, source, nullptr) : nullptr;
  const Local result = script != nullptr ? v8.run(script, context) : nullptr;
  v8.close_try_catch(exceptions);
  v8.exit_context(context);
  return result != nullptr;
}

}  // namespace covenv::node
