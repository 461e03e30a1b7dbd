// SPDX-License-Identifier: MIT
// Each exec function takes an environment or uses `environ`. Both kinds lead to start_program().
// The search along PATH and the fallback to /bin/sh are left to libc.
#include <alloca.h>
#include <fcntl.h>

#include <cstdarg>
#include <cstddef>

#include "shim/environment/start_program.h"
#include "shim/loader/libc.h"

namespace covenv {
namespace {

Program at_path(const char* path) { return {AT_FDCWD, path, false, true}; }
Program along_path(const char* file) { return {AT_FDCWD, file, true, true}; }

int exec_path(const char* path, char* const argv[], char* const envp[]) {
  return start_program(at_path(path), envp, [&](char* const* environment) {
    return libc().execve(path, argv, environment);
  });
}

int exec_file(const char* file, char* const argv[], char* const envp[]) {
  return start_program(along_path(file), envp, [&](char* const* environment) {
    return libc().execvpe(file, argv, environment);
  });
}

// If nothing changes, the function that the caller named is called, which another library may hook.
int exec_path(const char* path, char* const argv[]) {
  char* const* const inherited = *environ_variable();
  return start_program(at_path(path), inherited, [&](char* const* environment) {
    return environment == inherited ? libc().execv(path, argv)
                                    : libc().execve(path, argv, environment);
  });
}

int exec_file(const char* file, char* const argv[]) {
  char* const* const inherited = *environ_variable();
  return start_program(along_path(file), inherited, [&](char* const* environment) {
    return environment == inherited ? libc().execvp(file, argv)
                                    : libc().execvpe(file, argv, environment);
  });
}

// NOLINTBEGIN(clang-analyzer-valist.Uninitialized): it does not see the callers' va_start()

/// The length of the argument list that starts with `first`, with the terminating NULL.
std::size_t count_arguments(const char* first, va_list rest) {
  va_list list;
  va_copy(list, rest);
  std::size_t count = 1;
  for (const char* argument = first; argument != nullptr; ++count)
    argument = va_arg(list, const char*);
  va_end(list);
  return count;
}

/// Fills `argv`, with the NULL, and moves `rest` behind the NULL.
void collect_arguments(const char* first, va_list* rest, char** argv) {
  const char* argument = first;
  for (; argument != nullptr; argument = va_arg(*rest, const char*)) {
    *argv++ = const_cast<char*>(argument);
  }
  *argv = nullptr;
}

// NOLINTEND(clang-analyzer-valist.Uninitialized)

}  // namespace
}  // namespace covenv

using namespace covenv;  // NOLINT(google-build-using-namespace): the hooks are one family with it

// On the stack without a bound, as in libc, because the list may have any length.
#define COLLECT_ARGUMENTS(first, list)                                                           \
  va_start(list, first);                                                                         \
  char** const argv = static_cast<char**>(alloca(count_arguments(first, list) * sizeof(char*))); \
  collect_arguments(first, &(list), argv)

int covenv_execve(const char* path, char* const argv[], char* const envp[]) {
  return exec_path(path, argv, envp);
}

int covenv_execv(const char* path, char* const argv[]) { return exec_path(path, argv); }

int covenv_execvp(const char* file, char* const argv[]) { return exec_file(file, argv); }

int covenv_execvpe(const char* file, char* const argv[], char* const envp[]) {
  return exec_file(file, argv, envp);
}

int covenv___execvpe(const char* file, char* const argv[], char* const envp[]) {
  return exec_file(file, argv, envp);
}

int covenv_execl(const char* path, const char* arg, ...) {
  va_list list;
  COLLECT_ARGUMENTS(arg, list);
  va_end(list);
  return exec_path(path, argv);
}

int covenv_execlp(const char* file, const char* arg, ...) {
  va_list list;
  COLLECT_ARGUMENTS(arg, list);
  va_end(list);
  return exec_file(file, argv);
}

int covenv_execle(const char* path, const char* arg, ...) {
  va_list list;
  COLLECT_ARGUMENTS(arg, list);
  char* const* const envp = va_arg(list, char* const*);
  va_end(list);
  return exec_path(path, argv, envp);
}

int covenv_execveat(int dirfd, const char* path, char* const argv[], char* const envp[],
                    int flags) {
  return start_program({dirfd, path, false, true}, envp, [&](char* const* environment) {
    return libc().execveat(dirfd, path, argv, environment, flags);
  });
}

int covenv_fexecve(int fd, char* const argv[], char* const envp[]) {
  if (envp == nullptr)
    return libc().fexecve(fd, argv, envp);  // glibc's fexecve() alone gives EINVAL
  return start_program({fd, "", false, true}, envp, [&](char* const* environment) {
    return libc().fexecve(fd, argv, environment);
  });
}
