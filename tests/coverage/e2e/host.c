// SPDX-License-Identifier: MIT
// host LIBRARY exit|finalize FILE [MODULE]: a program that embeds CPython, by linking or by
// dlopen(). It runs a file of Python, or imports a module from the folder FILE; if MODULE is "-", it runs the code of the
// file as a module, without an event for audit hooks.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#ifdef LINKED
void Py_InitializeEx(int);
int PyRun_SimpleStringFlags(const char*, void*);
int Py_FinalizeEx(void);
void* PySys_GetObject(const char*);
void* PyUnicode_FromString(const char*);
int PyList_Insert(void*, ssize_t, void*);
void* PyImport_ImportModule(const char*);
void* Py_CompileString(const char*, const char*, int);
void* PyImport_ExecCodeModule(const char*, void*);
#endif

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 2;
#ifdef LINKED
  void (*initialize)(int) = Py_InitializeEx;
  int (*run)(const char*, void*) = PyRun_SimpleStringFlags;
  int (*finalize)(void) = Py_FinalizeEx;
  void* (*get_object)(const char*) = PySys_GetObject;
  void* (*text)(const char*) = PyUnicode_FromString;
  int (*insert)(void*, ssize_t, void*) = PyList_Insert;
  void* (*import)(const char*) = PyImport_ImportModule;
  void* (*compile)(const char*, const char*, int) = Py_CompileString;
  void* (*execute)(const char*, void*) = PyImport_ExecCodeModule;
#else
  // Without RTLD_GLOBAL a CPython cannot import its own extension modules.
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 3;
  // Many programs ignore SIGPIPE before there is an interpreter.
  signal(SIGPIPE, SIG_IGN);
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &ignore, NULL);
  void (*initialize)(int) = (void (*)(int))dlsym(library, "Py_InitializeEx");
  int (*run)(const char*, void*) =
      (int (*)(const char*, void*))dlsym(library, "PyRun_SimpleStringFlags");
  int (*finalize)(void) = (int (*)(void))dlsym(library, "Py_FinalizeEx");
  void* (*get_object)(const char*) = (void* (*)(const char*))dlsym(library, "PySys_GetObject");
  void* (*text)(const char*) = (void* (*)(const char*))dlsym(library, "PyUnicode_FromString");
  int (*insert)(void*, ssize_t, void*) =
      (int (*)(void*, ssize_t, void*))dlsym(library, "PyList_Insert");
  void* (*import)(const char*) = (void* (*)(const char*))dlsym(library, "PyImport_ImportModule");
  void* (*compile)(const char*, const char*, int) =
      (void* (*)(const char*, const char*, int))dlsym(library, "Py_CompileString");
  void* (*execute)(const char*, void*) =
      (void* (*)(const char*, void*))dlsym(library, "PyImport_ExecCodeModule");
#endif
  initialize(1);
  if (argc == 5 && strcmp(argv[4], "-") == 0) {
    const int kFileInput = 257;
    char text_of_file[16384];
    FILE* file = fopen(argv[3], "r");
    if (file == NULL) return 5;
    text_of_file[fread(text_of_file, 1, sizeof text_of_file - 1, file)] = 0;
    fclose(file);
    if (execute("server", compile(text_of_file, argv[3], kFileInput)) == NULL) return 4;
  } else if (argc == 5) {
    insert(get_object("path"), 0, text(argv[3]));
    if (import(argv[4]) == NULL) return 4;
  } else {
    char program[512];
    snprintf(program, sizeof program,
             "__file__ = %c%s%c\nexec(compile(open(__file__).read(), __file__, 'exec'))", '"',
             argv[3], '"');
    run(program, NULL);
  }
  if (strcmp(argv[2], "finalize") == 0) finalize();
  exit(7);
}
