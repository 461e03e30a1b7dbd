// SPDX-License-Identifier: MIT
// The part of CPython's stable C API that we use, as weak references: all of it is there or none
// counts.
#pragma once

#include <cstddef>

extern "C" {
struct PyObject;
struct covenv_inittab {
  const char* name;
  PyObject* (*initfunc)();
};
[[gnu::weak]] extern covenv_inittab* PyImport_Inittab;
[[gnu::weak]] int PySys_AddAuditHook(int (*hook)(const char*, PyObject*, void*), void* data);
[[gnu::weak]] int PyGILState_Ensure();
[[gnu::weak]] void PyGILState_Release(int state);
[[gnu::weak]] int Py_AddPendingCall(int (*function)(void*), void* argument);
[[gnu::weak]] int PyGC_Disable();  // from 3.10
[[gnu::weak]] int PyGC_Enable();
[[gnu::weak]] PyObject* PySys_GetObject(const char* name);                      // borrowed
[[gnu::weak]] PyObject* PyDict_GetItemString(PyObject* dict, const char* key);  // borrowed
[[gnu::weak]] PyObject* PyObject_GetAttrString(PyObject* object, const char* name);
[[gnu::weak]] PyObject* PyObject_CallObject(PyObject* callable, PyObject* arguments);
[[gnu::weak]] void Py_DecRef(PyObject* object);
[[gnu::weak]] void Py_IncRef(PyObject* object);
[[gnu::weak]] void* PyThreadState_Get();
[[gnu::weak]] void PyThreadState_EnterTracing(void* state);  // from 3.11
[[gnu::weak]] void PyThreadState_LeaveTracing(void* state);
[[gnu::weak]] PyObject* PyErr_Occurred();
[[gnu::weak]] void PyErr_Clear();
[[gnu::weak]] void PyErr_Fetch(PyObject** type, PyObject** value, PyObject** traceback);
[[gnu::weak]] void PyErr_Restore(PyObject* type, PyObject* value, PyObject* traceback);
[[gnu::weak]] PyObject* Py_CompileString(const char* source, const char* file, int start);
[[gnu::weak]] PyObject* PyEval_EvalCode(PyObject* code, PyObject* globals, PyObject* locals);
[[gnu::weak]] PyObject* PyEval_GetBuiltins();  // borrowed
[[gnu::weak]] PyObject* PyDict_New();
[[gnu::weak]] int PyDict_SetItemString(PyObject* dict, const char* key, PyObject* value);
[[gnu::weak]] const char* PyUnicode_AsUTF8(PyObject* text);
[[gnu::weak]] PyObject* PySequence_GetItem(PyObject* sequence, std::ptrdiff_t index);
[[gnu::weak]] std::ptrdiff_t PySequence_Size(PyObject* sequence);
[[gnu::weak]] PyObject* PyTuple_Pack(std::ptrdiff_t size, ...);
struct covenv_method {
  const char* name;
  PyObject* (*function)(PyObject* self, PyObject* arguments);
  int flags;
  const char* doc;
};
[[gnu::weak]] PyObject* PyCFunction_NewEx(covenv_method* method, PyObject* self, PyObject* module);
[[gnu::weak]] PyObject* PyFloat_FromDouble(double value);
[[gnu::weak]] PyObject* PyBool_FromLong(long value);
[[gnu::weak]] extern PyObject _Py_NoneStruct;
[[gnu::weak]] int _Py_IsFinalizing();  // to 3.12
[[gnu::weak]] int Py_IsFinalizing();   // from 3.13
}
