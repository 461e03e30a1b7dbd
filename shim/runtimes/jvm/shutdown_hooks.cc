// SPDX-License-Identifier: MIT
#include "shim/runtimes/jvm/shutdown_hooks.h"

#include <string_view>

#include "shim/core/jvm_coverage.h"
#include "shim/runtimes/jvm/class_name.h"
#include "shim/runtimes/jvm/jvm.h"
#include "shim/session/recorder.h"

namespace covenv::jvm {
namespace {

/// nullptr once the VM has begun to start them. Sets `is_known` unless this VM keeps them
/// elsewhere.
Object* find_hooks(Environment& java, bool& is_known) {
  Object* const holder = java.find_class("java/lang/ApplicationShutdownHooks");
  Field* const field = holder != nullptr
                           ? java.static_field(holder, "hooks", "Ljava/util/IdentityHashMap;")
                           : nullptr;
  java.forget_exception();
  is_known = field != nullptr;
  return is_known ? java.object_in(holder, field) : nullptr;
}

/// The result of a method without parameters. May leave an exception behind.
Object* get(Environment& java, Object* object, const char* method, const char* signature) {
  Method* const getter = java.method(java.class_of(object), method, signature);
  return getter != nullptr ? java.call_object(object, getter, nullptr) : nullptr;
}

Object* value_of(Environment& java, Object* object, Object* type, const char* name,
                 const char* signature) {
  Field* const field = java.field(type, name, signature);
  java.forget_exception();
  return field != nullptr ? java.object_of(object, field) : nullptr;
}

/// What was given to the constructor of a Thread; nullptr for a subclass that runs itself.
Object* task_of(Environment& java, Object* thread) {
  Object* const type = java.find_class("java/lang/Thread");
  Object* const task = value_of(java, thread, type, "target", "Ljava/lang/Runnable;");
  if (task != nullptr) return task;
  // From JDK 19 on.
  Object* const holder = value_of(java, thread, type, "holder", "Ljava/lang/Thread$FieldHolder;");
  return holder != nullptr
             ? value_of(java, holder, java.class_of(holder), "task", "Ljava/lang/Runnable;")
             : nullptr;
}

/// By its class, or by that of its task. The class's name is put into `room`.
bool is_of_tool(Environment& java, Object* thread, char* room, std::size_t size) {
  if (name_class(java, thread, room, size) && is_of_tool_with_hook(room)) return true;
  java.forget_exception();
  Object* const task = task_of(java, thread);
  const bool is_it =
      task != nullptr && name_class(java, task, room, size) && is_of_tool_with_hook(room);
  java.forget_exception();
  return is_it;
}

void interrupt_self(Environment& java) {
  Object* const type = java.find_class("java/lang/Thread");
  Method* const current = java.static_method(type, "currentThread", "()Ljava/lang/Thread;");
  Object* const self = java.call_static_object(type, current, nullptr);
  Method* const interrupt = java.method(type, "interrupt", "()V");
  java.call_void(self, interrupt, nullptr);
}

/// False if the hook throws an exception.
bool run(Environment& java, Object* thread, std::string_view type) {
  if (sleeps_before_writing(type)) interrupt_self(java);
  Method* const run = java.method(java.class_of(thread), "run", "()V");
  java.call_void(thread, run, nullptr);
  const bool has_failed = java.has_exception();
  java.forget_exception();
  return !has_failed;
}

}  // namespace

bool is_shutting_down(Environment& java) {
  bool is_known = false;
  return find_hooks(java, is_known) == nullptr && is_known;
}

SaveResult run_hooks_that_save(Environment& java) {
  bool is_known = false;
  Object* const hooks = find_hooks(java, is_known);
  if (hooks == nullptr) return SaveResult::kNothing;
  Object* const keys = get(java, hooks, "keySet", "()Ljava/util/Set;");
  Object* const threads =
      keys != nullptr ? get(java, keys, "toArray", "()[Ljava/lang/Object;") : nullptr;
  const bool has_failed = java.has_exception();
  java.forget_exception();
  if (has_failed || threads == nullptr) return SaveResult::kFailed;
  SaveResult result = SaveResult::kNothing;
  for (std::int32_t at = 0; at < java.length_of(threads); ++at) {
    char type[256];
    Object* const thread = java.element_of(threads, at);
    if (!is_of_tool(java, thread, type, sizeof(type))) continue;
    if (result == SaveResult::kNothing) {
      if (!is_told_to_measure()) record_measured(MeasuredWith::kSaver, RuntimeKind::kJvm);
      record_saving();
      result = SaveResult::kDone;
    }
    if (!run(java, thread, type)) result = SaveResult::kFailed;
  }
  return result;
}

}  // namespace covenv::jvm
