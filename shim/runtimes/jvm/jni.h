// SPDX-License-Identifier: MIT
// The part of the Java Native Interface that we use. A JNIEnv and a JavaVM point to a table of
// functions, whose indices the specification of JNI fixes for all versions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covenv::jvm {

/// A reference to an object; it lasts until the thread returns to Java, or is detached.
struct Object;
struct Method;
struct Field;
union Value {
  Object* object;
  std::uint8_t boolean;
  std::int64_t widest;
};

/// JNIEnv*: one thread's view of a VM. While an exception is pending, only has_exception() and
/// forget_exception() may be called.
class Environment {
 public:
  bool has_exception() { return call<228, std::uint8_t>() != 0; }
  void forget_exception() { call<17, void>(); }

  Object* find_class(const char* name) { return call<6, Object*>(name); }
  Object* class_of(Object* object) { return call<31, Object*>(object); }
  Method* method(Object* type, const char* name, const char* signature) {
    return call<33, Method*>(type, name, signature);
  }
  Method* static_method(Object* type, const char* name, const char* signature) {
    return call<113, Method*>(type, name, signature);
  }
  Field* field(Object* type, const char* name, const char* signature) {
    return call<94, Field*>(type, name, signature);
  }
  Object* object_of(Object* object, Field* field) { return call<95, Object*>(object, field); }
  Field* static_field(Object* type, const char* name, const char* signature) {
    return call<144, Field*>(type, name, signature);
  }
  Object* object_in(Object* type, Field* field) { return call<145, Object*>(type, field); }
  Object* new_string(const char* text) { return call<167, Object*>(text); }
  /// With a NUL behind it. False if it has no room.
  bool copy_string(Object* string, char* room, std::size_t size) {
    const auto bytes = static_cast<std::size_t>(call<168, std::int32_t>(string));
    if (bytes >= size) return false;
    call<221, void>(string, std::int32_t{0}, call<164, std::int32_t>(string), room);
    room[bytes] = '\0';
    return true;
  }

  Object* call_object(Object* object, Method* method, const Value* arguments) {
    return call<36, Object*>(object, method, arguments);
  }
  std::int32_t length_of(Object* array) { return call<171, std::int32_t>(array); }
  Object* element_of(Object* array, std::int32_t at) { return call<173, Object*>(array, at); }
  void forget(Object* object) { call<23, void>(object); }
  void call_void(Object* object, Method* method, const Value* arguments) {
    call<63, void>(object, method, arguments);
  }
  Object* call_static_object(Object* type, Method* method, const Value* arguments) {
    return call<116, Object*>(type, method, arguments);
  }

 private:
  template <int kIndex, typename Result, typename... Arguments>
  Result call(Arguments... arguments) {
    return reinterpret_cast<Result (*)(Environment*, Arguments...)>(functions_[kIndex])(
        this, arguments...);
  }

  void* const* functions_;
};

/// JavaVM*: the virtual machine of a process, which has at most one.
class Machine {
 public:
  /// The calling thread becomes one of Java's, which holds no shutdown up. nullptr: it cannot.
  Environment* attach(const char* name) {
    struct {
      std::int32_t version;
      const char* name;
      Object* group;
    } arguments = {kVersion, name, nullptr};
    Environment* environment = nullptr;
    return call<7>(&environment, &arguments) == 0 ? environment : nullptr;
  }
  void detach() { call<5>(); }

 private:
  static constexpr std::int32_t kVersion = 0x00010006;

  template <int kIndex, typename... Arguments>
  std::int32_t call(Arguments... arguments) {
    return reinterpret_cast<std::int32_t (*)(Machine*, Arguments...)>(functions_[kIndex])(
        this, arguments...);
  }

  void* const* functions_;
};

}  // namespace covenv::jvm
