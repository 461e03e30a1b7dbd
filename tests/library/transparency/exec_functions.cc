// SPDX-License-Identifier: MIT
#include "exec_functions.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace transparency {
namespace {

using Arguments = char* const*;

size_t count(Arguments argv) {
  size_t length = 0;
  while (argv[length] != nullptr) ++length;
  return length;
}

constexpr char* kEnd = nullptr;

struct Execl {
  template <size_t... I>
  static int call(const char* path, Arguments argv, Arguments, std::index_sequence<I...>) {
    return execl(path, argv[0], argv[I + 1]..., kEnd);
  }
};

struct Execlp {
  template <size_t... I>
  static int call(const char* path, Arguments argv, Arguments, std::index_sequence<I...>) {
    return execlp(path, argv[0], argv[I + 1]..., kEnd);
  }
};

struct Execle {
  template <size_t... I>
  static int call(const char* path, Arguments argv, Arguments envp, std::index_sequence<I...>) {
    return execle(path, argv[0], argv[I + 1]..., kEnd, envp);
  }
};

// An argument list is made at compile time: one instance for each length.
template <typename Function, size_t Length>
bool call_with(Result& result, const char* path, Arguments argv, Arguments envp, size_t length) {
  if (length != Length) return false;
  record(result,
         [&] { return Function::call(path, argv, envp, std::make_index_sequence<Length - 1>()); });
  return true;
}

template <typename Function, size_t... Short, size_t... Long>
void call_variadic(Result& result, const char* path, Arguments argv, Arguments envp,
                   std::index_sequence<Short...>, std::index_sequence<Long...>) {
  const size_t length = count(argv);
  const bool made =
      (call_with<Function, Short + 1>(result, path, argv, envp, length) || ...) ||
      (call_with<Function, kLongArguments[Long]>(result, path, argv, envp, length) || ...);
  if (!made) std::abort();
}

template <typename Function>
void variadic(Result& result, const char* path, Arguments argv, Arguments envp) {
  call_variadic<Function>(result, path, argv, envp, std::make_index_sequence<kShortArguments>(),
                          std::make_index_sequence<std::size(kLongArguments)>());
}

void call_fexecve(Result& result, const char* path, Arguments argv, Arguments envp) {
  const int fd = open(path, O_RDONLY);  // no O_CLOEXEC: a script is opened again by its interpreter
  record(result, [&] { return fexecve(fd, argv, envp); });
  close(fd);
}

template <auto Function>
void spawn(Result& result, const char* path, Arguments argv, Arguments envp) {
  pid_t child = -1;
  record(result, [&] { return Function(&child, path, nullptr, nullptr, argv, envp); });
  if (result.value == 0) wait_for(result, child);
}

constexpr std::array kFunctions = {
    ExecFunction{"execve", false, true, true, false,
                 [](Result& result, const char* path, Arguments argv, Arguments envp) {
                   record(result, [&] { return execve(path, argv, envp); });
                 }},
    ExecFunction{"execv", false, false, true, false,
                 [](Result& result, const char* path, Arguments argv, Arguments) {
                   record(result, [&] { return execv(path, argv); });
                 }},
    ExecFunction{"execvp", true, false, true, false,
                 [](Result& result, const char* path, Arguments argv, Arguments) {
                   record(result, [&] { return execvp(path, argv); });
                 }},
    ExecFunction{"execvpe", true, true, true, false,
                 [](Result& result, const char* path, Arguments argv, Arguments envp) {
                   record(result, [&] { return execvpe(path, argv, envp); });
                 }},
    ExecFunction{"execl", false, false, true, true, variadic<Execl>},
    ExecFunction{"execlp", true, false, true, true, variadic<Execlp>},
    ExecFunction{"execle", false, true, true, true, variadic<Execle>},
    ExecFunction{"execveat", false, true, true, false,
                 [](Result& result, const char* path, Arguments argv, Arguments envp) {
                   record(result, [&] { return execveat(AT_FDCWD, path, argv, envp, 0); });
                 }},
    ExecFunction{"fexecve", false, true, true, false, call_fexecve},
    ExecFunction{"posix_spawn", false, true, false, false, spawn<posix_spawn>},
    ExecFunction{"posix_spawnp", true, true, false, false, spawn<posix_spawnp>},
};

}  // namespace

std::span<const ExecFunction> exec_functions() { return kFunctions; }

}  // namespace transparency
