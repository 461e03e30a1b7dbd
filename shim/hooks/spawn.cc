// SPDX-License-Identifier: MIT
#include <fcntl.h>

#include "shim/environment/start_program.h"
#include "shim/loader/libc.h"

namespace covenv {
namespace {

/// Runs `call`, which starts a shell, while `environ` points to the shell's environment. libc
/// starts the shell by internal calls, which cannot be hooked, and which read that pointer. The
/// environment that it points to is never written.
template <typename Call>
void with_shell_environment(Call call) {
  char** const inherited = *environ_variable();
  start_program({AT_FDCWD, "/bin/sh", false, false}, inherited, [&](char* const* environment) {
    auto** const swapped = const_cast<char**>(environment);
    if (swapped != inherited) *environ_variable() = swapped;
    call();
    // If `environ` has changed, another thread has called setenv(), and its value stays.
    if (*environ_variable() == swapped) *environ_variable() = inherited;
    return 0;
  });
}

}  // namespace
}  // namespace covenv

using namespace covenv;  // NOLINT(google-build-using-namespace): the hooks are one family with it

int covenv_posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                       const posix_spawnattr_t* attributes, char* const argv[],
                       char* const envp[]) {
  pid_t own = 0;
  pid_t* const started = pid != nullptr ? pid : &own;
  return start_program(
      {AT_FDCWD, path, false, false, started}, envp, [&](char* const* environment) {
        return libc().posix_spawn(started, path, actions, attributes, argv, environment);
      });
}

int covenv_posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                        const posix_spawnattr_t* attributes, char* const argv[],
                        char* const envp[]) {
  pid_t own = 0;
  pid_t* const started = pid != nullptr ? pid : &own;
  return start_program({AT_FDCWD, file, true, false, started}, envp, [&](char* const* environment) {
    return libc().posix_spawnp(started, file, actions, attributes, argv, environment);
  });
}

int covenv_system(const char* command) {
  int status = 0;
  with_shell_environment([&] { status = libc().system(command); });
  return status;
}

FILE* covenv_popen(const char* command, const char* mode) {
  FILE* stream = nullptr;
  with_shell_environment([&] { stream = libc().popen(command, mode); });
  return stream;
}

int covenv_wordexp(const char* words, wordexp_t* expansion, int flags) {
  int result = 0;
  with_shell_environment([&] { result = libc().wordexp(words, expansion, flags); });
  return result;
}
