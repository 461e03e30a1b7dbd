// SPDX-License-Identifier: MIT
#include "shim/coverage/exit_function.h"

#include "shim/coverage/own_code.h"
#include "shim/coverage/python_sources.h"
#include "shim/python/python_object.h"

namespace covenv {

bool call_at_end(PythonMethod& method) {
  const PyRef function = compile_function(kWaitingSource, "call_at_end");
  const PyRef callback(PyCFunction_NewEx(&method, nullptr, nullptr));
  const PyRef arguments(callback ? PyTuple_Pack(1, callback.get()) : nullptr);
  const PyRef done(function && arguments ? PyObject_CallObject(function.get(), arguments.get())
                                         : nullptr);
  return static_cast<bool>(done);
}

}  // namespace covenv
