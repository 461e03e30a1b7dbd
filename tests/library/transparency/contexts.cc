// SPDX-License-Identifier: MIT
#include "contexts.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace transparency {
namespace {

struct Pending {
  const Call* call;
  Result* result;
};
Pending pending;

void make() { pending.call->make(*pending.result); }

void* make_in_thread(void*) {
  make();
  return nullptr;
}

void from_thread() {
  pthread_t thread{};
  pthread_create(&thread, nullptr, make_in_thread, nullptr);
  pthread_join(thread, nullptr);
}

void from_handler(int flags) {
  struct sigaction action {};
  action.sa_handler = [](int) { make(); };
  action.sa_flags = flags;
  sigaction(SIGUSR1, &action, nullptr);
  raise(SIGUSR1);
  action.sa_handler = SIG_DFL;
  sigaction(SIGUSR1, &action, nullptr);
}

// Makes the call in a handler on an alternate stack, above a page that faults. The stack has the
// smallest size that glibc recommends.
void from_alternate_stack() {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const auto wanted = static_cast<size_t>(sysconf(_SC_SIGSTKSZ));
  const size_t size = (wanted + page - 1) / page * page;
  void* base =
      mmap(nullptr, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(base, page, PROT_NONE);
  stack_t stack{};
  stack.ss_sp = static_cast<char*>(base) + page;
  stack.ss_size = size;
  sigaltstack(&stack, nullptr);
  from_handler(SA_ONSTACK);
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, nullptr);
}

template <typename Function>
void in_child(Function body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  wait_for(*pending.result, child);
}

void from_vfork() {
  const pid_t child = vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (child == 0) {
    make();  // NOLINT(clang-analyzer-unix.Vfork)
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (pending.result->status < 0) pending.result->status = status;
}

}  // namespace

bool make_in_context(std::string_view context, const Call& call, bool replaces, Result& result) {
  pending = {&call, &result};
  void (*body)() = nullptr;
  if (context == "main") body = make;
  if (context == "vfork") body = from_vfork;
  if (context == "thread") body = from_thread;
  if (context == "handler") body = [] { from_handler(0); };
  if (context == "altstack") body = from_alternate_stack;
  if (body == nullptr) return false;
  if (replaces && context != "vfork") {
    in_child(body);
  } else {
    body();
  }
  return true;
}

}  // namespace transparency
