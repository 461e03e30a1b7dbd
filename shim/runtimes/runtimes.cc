// SPDX-License-Identifier: MIT
#include "shim/runtimes/runtimes.h"

#include <csignal>

#include "shim/core/ask_protocol.h"
#include "shim/core/entry.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/jvm/jvm.h"
#include "shim/runtimes/node/node.h"
#include "shim/runtimes/node/own_abort.h"
#include "shim/runtimes/perl/perl.h"
#include "shim/runtimes/php/php.h"
#include "shim/runtimes/ruby/ruby.h"

namespace covenv {

namespace {

/// Whether the entry may be a variable of Node's or of a JVM's.
bool may_tell(const char* entry) {
  const char first = *entry;
  return first == 'J' || (first == 'N' && (entry[1] == 'O' || entry[1] == 'Y')) ||
         (first == '_' && entry[1] == 'J');
}

std::string_view name_of_program(const char* const* arguments) {
  if (arguments == nullptr || *arguments == nullptr) return {};
  const char* name = *arguments;
  const char* end = name;
  for (; *end != '\0'; ++end) {
    if (*end == '/') name = end + 1;
  }
  return {name, static_cast<std::size_t>(end - name)};
}

}  // namespace

// A byte or two decide mostly, because each program that starts comes here.
RuntimeKind find_measuring_runtime(const char* const* arguments, const char* const* environment,
                                   SaverArmer arm_later) {
  const ProgramStart start = {
      .arguments = arguments, .environment = environment, .name = name_of_program(arguments)};
  const bool is_told = any_entry(start.environment, may_tell);
  if (is_told && node::measures(start)) return RuntimeKind::kNode;
  if ((is_told || start.name == "java") && jvm::measures(start)) return RuntimeKind::kJvm;
  if (start.name.starts_with("ruby") && ruby::measures(start)) return RuntimeKind::kRuby;
  if (start.name.starts_with("php")) php::watch_start(start, arm_later);
  if (start.name.starts_with("perl") && perl::measures(start)) return RuntimeKind::kPerl;
  return RuntimeKind::kNone;
}

bool measures_now(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kJvm:
      return jvm::measures_now();
    case RuntimeKind::kRuby:
      return ruby::measures_now();
    case RuntimeKind::kPhp:
      return php::measures_now();
    case RuntimeKind::kNode:
    case RuntimeKind::kPerl:
      return true;
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
  return false;
}

bool forks_workers(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kRuby:
    case RuntimeKind::kPerl:
    case RuntimeKind::kPhp:
      return true;
    case RuntimeKind::kJvm:
    case RuntimeKind::kNode:
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
  return false;
}

void save_where_interrupted(RuntimeKind kind, const Interruption& where, SaveEnd end) {
  switch (kind) {
    case RuntimeKind::kNode:
      node::save_where_interrupted(where, end);
      break;
    case RuntimeKind::kPerl:
      perl::save_where_interrupted(where, end);
      break;
    case RuntimeKind::kPhp:
      php::save_where_interrupted(where, end);
      break;
    case RuntimeKind::kJvm:
    case RuntimeKind::kRuby:
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
}

void save_from_saver_thread(RuntimeKind kind, std::int64_t timeout_ns, SaveEnd end) {
  switch (kind) {
    case RuntimeKind::kNode:
      node::save_from_saver_thread(timeout_ns, end);
      break;
    case RuntimeKind::kJvm:
      jvm::save_from_saver_thread(end);
      break;
    case RuntimeKind::kRuby:
      ruby::save_from_saver_thread(timeout_ns, end);
      break;
    case RuntimeKind::kPerl:
      perl::save_from_saver_thread(timeout_ns, end);
      break;
    case RuntimeKind::kPhp:
      php::save_from_saver_thread(timeout_ns, end);
      break;
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
}

void release_threads(RuntimeKind kind) {
  if (kind == RuntimeKind::kNode) node::go_on();
}

bool is_own_kill(RuntimeKind kind, const void* return_address) {
  return kind == RuntimeKind::kNode && node::is_own_kill(return_address);
}

bool is_told_to_measure(RuntimeKind kind) {
  if (kind == RuntimeKind::kJvm) return jvm::is_told_to_measure();
  return kind == RuntimeKind::kRuby ? ruby::is_told_to_measure() : kind != RuntimeKind::kNone;
}

SaveResult save_on_leaving_thread(RuntimeKind kind, std::int64_t timeout_ns) {
  switch (kind) {
    case RuntimeKind::kNode:
      return node::save_on_leaving_thread(timeout_ns);
    case RuntimeKind::kJvm:
      return jvm::save_on_leaving_thread();
    case RuntimeKind::kRuby:
      return ruby::save_on_leaving_thread();
    case RuntimeKind::kPerl:
      return perl::save_on_leaving_thread();
    case RuntimeKind::kPhp:
      return php::save_on_leaving_thread();
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
  return SaveResult::kNone;
}

bool is_own_abort(RuntimeKind kind, const CallSite& site) {
  return kind == RuntimeKind::kNode && node::is_own_abort(site);
}

SaveResult save_before_abort(RuntimeKind kind, std::int64_t timeout_ns, SaveEnd on_fatal_error) {
  return kind == RuntimeKind::kNode ? node::save_before_abort(timeout_ns, on_fatal_error)
                                    : SaveResult::kNone;
}

SaveResult save_before_halt(RuntimeKind kind) {
  return kind == RuntimeKind::kJvm ? jvm::save_before_halt() : SaveResult::kNone;
}

bool ends_in_order(RuntimeKind kind) { return kind == RuntimeKind::kPhp; }

void nudge() { raw_syscall(SYS_tgkill, own_pid(), own_pid(), kAskSignal); }

}  // namespace covenv
