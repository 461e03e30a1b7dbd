// SPDX-License-Identifier: MIT
#include "shim/runtimes/runtimes.h"

#include <csignal>

#include "shim/core/ask_protocol.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/node/node.h"
#include "shim/runtimes/perl/perl.h"
#include "shim/runtimes/ruby/ruby.h"

namespace covenv {

RuntimeKind find_measuring_runtime(const ProgramStart& start) {
  if (node::measures(start)) return RuntimeKind::kNode;
  if (ruby::measures(start)) return RuntimeKind::kRuby;
  if (perl::measures(start)) return RuntimeKind::kPerl;
  return RuntimeKind::kNone;
}

bool measures_now(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kNode:
    case RuntimeKind::kPerl:
      return true;
    case RuntimeKind::kRuby:
      return ruby::measures_now();
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
      return true;
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
    case RuntimeKind::kRuby:
      ruby::save_from_saver_thread(timeout_ns, end);
      break;
    case RuntimeKind::kPerl:
      perl::save_from_saver_thread(timeout_ns, end);
      break;
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
}

SaveResult save_on_leaving_thread(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kNode:
      return node::save_on_leaving_thread();
    case RuntimeKind::kRuby:
      return ruby::save_on_leaving_thread();
    case RuntimeKind::kPerl:
      return perl::save_on_leaving_thread();
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
  return SaveResult::kNone;
}

void nudge() { raw_syscall(SYS_tgkill, own_pid(), own_pid(), kAskSignal); }

}  // namespace covenv
