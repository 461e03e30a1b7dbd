// SPDX-License-Identifier: MIT
// Another preloaded library with hooks of its own: each call leaves a line in the file that
// NEIGHBOUR_LOG names.
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace {

void note(const char* line) {
  const int before = errno;
  const char* path = getenv("NEIGHBOUR_LOG");
  const int fd = path == nullptr ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd >= 0) {
    if (write(fd, line, std::strlen(line)) < 0) std::abort();
    close(fd);
  }
  errno = before;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int execve(const char* path, char* const* argv, char* const* envp) noexcept {
  note("execve\n");
  return next<int(const char*, char* const*, char* const*)>("execve")(path, argv, envp);
}

int execvpe(const char* path, char* const* argv, char* const* envp) noexcept {
  note("execvpe\n");
  return next<int(const char*, char* const*, char* const*)>("execvpe")(path, argv, envp);
}

int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* argv, char* const* envp) {
  note("posix_spawn\n");
  return next<decltype(posix_spawn)>("posix_spawn")(pid, path, actions, attributes, argv, envp);
}

int kill(pid_t pid, int signal) noexcept {
  note("kill\n");
  return next<int(pid_t, int)>("kill")(pid, signal);
}

}  // extern "C"
