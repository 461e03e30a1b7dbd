// SPDX-License-Identifier: MIT
// A preloaded library whose constructor starts a program: EARLY_CALL names the function,
// EARLY_TARGET the program. The program gets the environment {GIVEN=1} if the function takes an
// environment. With EARLY_CALL=syscall the constructor makes a system call of no family of ours.
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace {

__attribute__((constructor)) void start() {
  const char* call = getenv("EARLY_CALL");
  char* target = getenv("EARLY_TARGET");
  if (call == nullptr || target == nullptr) return;
  if (std::strcmp(call, "syscall") == 0) _exit(syscall(SYS_getpid) == getpid() ? 0 : 97);
  unsetenv("EARLY_CALL");  // the started program may load this library too
  char given[] = "GIVEN=1";
  char* argv[] = {target, nullptr};
  char* envp[] = {given, nullptr};
  pid_t child = -1;
  if (std::strcmp(call, "execve") == 0) execve(target, argv, envp);
  if (std::strcmp(call, "execv") == 0) execv(target, argv);
  if (std::strcmp(call, "execl") == 0) execl(target, target, static_cast<char*>(nullptr));
  if (std::strcmp(call, "execvpe") == 0) execvpe(target, argv, envp);
  if (std::strcmp(call, "posix_spawn") == 0 &&
      posix_spawn(&child, target, nullptr, nullptr, argv, envp) == 0) {
    waitpid(child, nullptr, 0);
    _exit(0);
  }
  if (std::strcmp(call, "system") == 0) _exit(system(target) == 0 ? 0 : 1);  // NOLINT(cert-env33-c)
  _exit(98);
}

}  // namespace
