// SPDX-License-Identifier: MIT
#pragma once

#include "shim/runtimes/jvm/jni.h"

namespace covenv::jvm {

/// Writes the name of the object's class, as Class.getName() gives it. False if it has no room, or
/// an exception is left behind.
inline bool name_class(Environment& java, Object* object, char* room, std::size_t size) {
  Object* const type = java.class_of(object);
  Method* const get_name = java.method(java.class_of(type), "getName", "()Ljava/lang/String;");
  Object* const name = get_name != nullptr ? java.call_object(type, get_name, nullptr) : nullptr;
  return !java.has_exception() && name != nullptr && java.copy_string(name, room, size);
}

}  // namespace covenv::jvm
