// SPDX-License-Identifier: MIT
#include "shim/journal/traced_sets.h"

#include <cstddef>
#include <string_view>

#include "shim/python/python_object.h"

namespace covenv {
namespace {

constexpr std::string_view kModule = "builtins.";
constexpr int kMethods = 64;                   // Py_tp_methods
constexpr int kSetSubscript = 3;               // Py_mp_ass_subscript
constexpr unsigned kDefaultFlags = 1U << 18U;  // Py_TPFLAGS_DEFAULT

/// The memory of CPython's objects, except in free-threaded builds.
struct ObjectHead {
  std::ptrdiff_t references;
  PyObject* type;
};
struct SetHead {
  ObjectHead head;
  std::ptrdiff_t fill;
  std::ptrdiff_t used;
};

using AddToSet = int (*)(PyObject* set, PyObject* key);
constinit AddToSet add_to_set = nullptr;
constinit TracedSets told = {};
constinit PyObject* set_type = nullptr;
constinit PyObject* dict_type = nullptr;

ObjectHead& head_of(PyObject* object) { return *reinterpret_cast<ObjectHead*>(object); }

std::ptrdiff_t size_of(PyObject* set) { return reinterpret_cast<const SetHead*>(set)->used; }

/// Does `object.__class__ = type`, which Python forbids for objects of built-in types. Both types
/// have the same layout. Objects of a type that is made at run time hold a reference to the type.
void become(PyObject* object, PyObject* type) {
  Py_IncRef(type);
  head_of(object).type = type;
}

PyObject* add(PyObject* self, PyObject* key) {
  if (add_and_tell(self, key) < 0) return nullptr;
  return new_none();
}

int set_item(PyObject* self, PyObject* key, PyObject* value) {
  if (value == nullptr) return PyDict_DelItem(self, key);
  const bool is_set = head_of(value).type == python_set_type();
  if (is_set) become(value, set_type);
  const int result = PyDict_SetItem(self, key, value);
  if (result == 0 && is_set) told.file_added(self, key, value);
  return result;
}

/// Whether the size of a set is where size_of() reads it.
bool is_layout_known() {
  const PyRef set(PyObject_CallObject(python_set_type(), nullptr));
  if (!set || head_of(set.get()).type != python_set_type() || size_of(set.get()) != 0) return false;
  for (long i = 0; i < 9; ++i) {
    const PyRef number(PyLong_FromLong(i * i));
    if (!number || PySet_Add(set.get(), number.get()) != 0) return false;
    if (size_of(set.get()) != i + 1 || PySet_Size(set.get()) != i + 1) return false;
  }
  return true;
}

/// Has the name of its base, because programs, and a debug message of coverage, show that name.
PyObject* make_type(const char* name, PyObject* base, PythonTypeSlot* slots) {
  PythonTypeSpec spec = {name, 0, 0, kDefaultFlags, slots};
  const PyRef bases(PyTuple_Pack(1, base));
  PyRef type(bases ? PyType_FromSpecWithBases(&spec, bases.get()) : nullptr);
  // Without the module, because a built-in type's name has none.
  const PyRef short_name(PyUnicode_FromString(name + kModule.size()));
  const bool is_named =
      type && short_name && PyObject_SetAttrString(type.get(), "__name__", short_name.get()) == 0;
  if (!is_named) return nullptr;
  return type.release();
}

}  // namespace

// PySet_Add is not looked up here, because this runs for each traced line.
int add_and_tell(PyObject* set, PyObject* key) {
  const std::ptrdiff_t before = size_of(set);
  const int result = add_to_set(set, key);
  if (__builtin_expect(static_cast<long>(size_of(set) != before), 0) != 0) told.added(set, key);
  return result;
}

bool prepare_traced_sets(const TracedSets& listener) {
  if (told.added != nullptr) return true;
  if (python_set_type() == nullptr || python_dict_type() == nullptr || !is_layout_known()) {
    return false;
  }
  static PythonMethod methods[] = {{"add", add, kOneArgument, nullptr}, {}};
  static PythonTypeSlot set_slots[] = {{kMethods, static_cast<void*>(methods)}, {}};
  static PythonTypeSlot dict_slots[] = {{kSetSubscript, reinterpret_cast<void*>(set_item)}, {}};
  set_type = make_type("builtins.set", python_set_type(), set_slots);
  dict_type = make_type("builtins.dict", python_dict_type(), dict_slots);
  if (set_type == nullptr || dict_type == nullptr) return false;
  add_to_set = PySet_Add;
  told = listener;
  return true;
}

bool trace_dict(PyObject* dict) {
  if (head_of(dict).type == dict_type) return true;
  if (head_of(dict).type != python_dict_type()) return false;
  std::ptrdiff_t at = 0;
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  while (PyDict_Next(dict, &at, &key, &value) != 0) {
    if (head_of(value).type != python_set_type()) return false;
  }
  at = 0;
  while (PyDict_Next(dict, &at, &key, &value) != 0) become(value, set_type);
  become(dict, dict_type);
  return true;
}

}  // namespace covenv
