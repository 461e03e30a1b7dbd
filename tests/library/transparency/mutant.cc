// SPDX-License-Identifier: MIT
// A library to preload that has one defect, named by MUTANT: one that other libraries had, or a
// trace that a careless hook would leave. The differential tests have to see each:
// test_mutants.py.
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

bool is(const char* defect) {
  const char* name = getenv("MUTANT");
  return name != nullptr && std::strcmp(name, defect) == 0;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

__attribute__((constructor)) void start() {
  if (is("keeps_a_descriptor")) {
    if (open("/dev/null", O_RDONLY) < 0) std::abort();
  }
  if (is("blocks_a_signal")) {
    sigset_t set{};
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, nullptr);
  }
  if (is("catches_a_signal")) std::signal(SIGURG, [](int) {});
}

}  // namespace

extern "C" {

int execve(const char* path, char* const* argv, char* const* envp) noexcept {
  static char added[] = "EXTRA=1";
  std::vector<char*> entries;
  for (char* const* entry = envp; *entry != nullptr; ++entry) {  // a NULL environment: a crash
    if (is("drops_entries_without_equals") && std::strchr(*entry, '=') == nullptr) continue;
    entries.push_back(*entry);
  }
  if (is("adds_an_entry")) entries.push_back(added);
  if (is("writes_environ")) putenv(added);
  if (is("branches_on_nothing")) {
    const auto* const nothing = static_cast<const volatile char*>(std::malloc(1));
    if (*nothing == 'x') entries.push_back(added);
  }
  if (is("reorders") && entries.size() > 1) std::swap(entries.front(), entries.back());
  entries.push_back(nullptr);
  const int result =
      next<int(const char*, char* const*, char* const*)>("execve")(path, argv, entries.data());
  if (is("hides_denied") && errno == EACCES) errno = ENOENT;
  return result;
}

int execl(const char* path, const char* argument, ...) noexcept {
  std::vector<char*> argv;
  va_list list;
  va_start(list, argument);
  // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started one line above
  for (auto* one = const_cast<char*>(argument); one != nullptr; one = va_arg(list, char*))
    argv.push_back(one);
  va_end(list);
  argv.push_back(nullptr);
  if (is("execl_loses_arg0")) argv.front() = const_cast<char*>(path);
  if (is("execl_32_arguments") && argv.size() > 33) {
    argv.resize(33);
    argv.back() = nullptr;
  }
  return execve(path, argv.data(), environ);
}

int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* argv, char* const* envp) {
  const int result =
      next<decltype(posix_spawn)>("posix_spawn")(pid, path, actions, attributes, argv, envp);
  if (is("spawn_returns_minus_one") && result != 0) return -1;
  if (is("spawn_sets_errno")) errno = EIO;
  return result;
}

int kill(pid_t pid, int signal) noexcept {
  auto* const real = next<int(pid_t, int)>("kill");
  if (is("terminates_first") && signal == SIGKILL) {
    real(pid, SIGTERM);
    usleep(300'000);  // the defect itself: an unasked grace
  }
  const int result = real(pid, signal);
  if (is("kill_touches_errno")) errno = 0;
  if (is("kill_hides_missing") && result < 0 && errno == ESRCH) return 0;
  return result;
}

pid_t waitpid(pid_t pid, int* status, int options) {
  const pid_t result = next<pid_t(pid_t, int*, int)>("waitpid")(pid, status, options);
  if (is("waitpid_reports_kill") && result > 0 && status != nullptr) *status = SIGKILL;
  return result;
}

}  // extern "C"
