// SPDX-License-Identifier: MIT
#include "shim/runtimes/jvm/jacoco_agent.h"

#include <cstddef>
#include <string_view>

#include "shim/runtimes/jvm/class_name.h"

namespace covenv::jvm {
namespace {

/// A name that is put together, with a NUL behind it.
class Name {
 public:
  const char* text() const { return text_; }
  void add(std::string_view part) {
    for (const char byte : part) {
      if (size_ + 1 < sizeof(text_)) text_[size_++] = byte;
    }
  }

 private:
  char text_[320] = {};
  std::size_t size_ = 0;
};

/// By the loader of the program, which has loaded the agent. JNI's own search uses the loader of
/// the calling method, which is another one in halt().
Object* load_class(Environment& java, const char* name) {
  Object* const loaders = java.find_class("java/lang/ClassLoader");
  if (loaders == nullptr) return nullptr;
  Method* const get_loader =
      java.static_method(loaders, "getSystemClassLoader", "()Ljava/lang/ClassLoader;");
  if (get_loader == nullptr) return nullptr;
  Object* const loader = java.call_static_object(loaders, get_loader, nullptr);
  if (java.has_exception() || loader == nullptr) return nullptr;
  Method* const load = java.method(loaders, "loadClass", "(Ljava/lang/String;)Ljava/lang/Class;");
  const Value argument = {.object = load != nullptr ? java.new_string(name) : nullptr};
  if (argument.object == nullptr) return nullptr;
  Object* const found = java.call_object(loader, load, &argument);
  return java.has_exception() ? nullptr : found;
}

/// The result of a static method without parameters.
Object* get(Environment& java, Object* type, const char* method, const char* signature) {
  Method* const getter = type != nullptr ? java.static_method(type, method, signature) : nullptr;
  Object* const found =
      getter != nullptr ? java.call_static_object(type, getter, nullptr) : nullptr;
  return java.has_exception() ? nullptr : found;
}

/// What the probes are in, which the agent has put into a class of Java's own.
Object* find_data(Environment& java, const char* holder, const char* field) {
  Object* const type = java.find_class(holder);
  Field* const place =
      type != nullptr ? java.static_field(type, field, "Ljava/lang/Object;") : nullptr;
  java.forget_exception();
  return place != nullptr ? java.object_in(type, place) : nullptr;
}

/// The agent of `data`, of whose package only the end of the name is known.
Object* find_agent_of(Environment& java, Object* data) {
  char name[256];
  if (!name_class(java, data, name, sizeof(name))) return nullptr;
  std::string_view package = name;
  const std::size_t end = package.find(".core.");
  if (end == std::string_view::npos) return nullptr;
  package.remove_suffix(package.size() - end);
  Name type;
  type.add(package);
  type.add(".Agent");
  for (char& byte : name) byte = byte == '.' ? '/' : byte;
  Name getter;
  getter.add("()L");
  getter.add(package);
  getter.add("/Agent;");
  return get(java, load_class(java, type.text()), "getInstance", getter.text());
}

}  // namespace

Object* find_agent(Environment& java) {
  Object* data = find_data(java, "java/lang/$JaCoCo", "data");
  if (data == nullptr) data = find_data(java, "java/lang/UnknownError", "$jacocoAccess");
  Object* const agent = data != nullptr ? find_agent_of(java, data) : nullptr;
  if (agent != nullptr) return agent;
  java.forget_exception();
  // Of classes that were instrumented before the start. Otherwise it is loaded here, and so
  // measured.
  return get(java, load_class(java, "org.jacoco.agent.rt.RT"), "getAgent",
             "()Lorg/jacoco/agent/rt/IAgent;");
}

}  // namespace covenv::jvm
