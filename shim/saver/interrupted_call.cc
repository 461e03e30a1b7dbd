// SPDX-License-Identifier: MIT
#include "shim/saver/interrupted_call.h"

#include <linux/errno.h>
#include <linux/futex.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include <csignal>
#include <cstdint>

#include "shim/loader/libc.h"
#include "shim/loader/stack.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

struct Registers {
  std::uint64_t next_instruction;
  std::uint64_t result;
  std::uint64_t number;  ///< of a call that has not been made yet, or is restarted
  std::uint64_t first_argument;
  bool is_futex_wait;
};

#if defined(__x86_64__)
constexpr unsigned char kSystemCall[] = {0x0f, 0x05};

/// A guess by the arguments, because the call's number is lost.
bool looks_like_futex_wait(std::uint64_t address, std::uint64_t operation) {
  constexpr std::uint64_t kWordSize = 4;
  constexpr std::uint64_t kFlags = FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME;
  const bool is_wait =
      (operation & ~kFlags) == FUTEX_WAIT_BITSET || operation == (FUTEX_WAIT | FUTEX_PRIVATE_FLAG);
  return is_wait && address % kWordSize == 0 && is_readable(reinterpret_cast<const void*>(address));
}

Registers registers_of(const ucontext_t& context) {
  const auto value = [&](int index) {
    return static_cast<std::uint64_t>(context.uc_mcontext.gregs[index]);
  };
  return {.next_instruction = value(REG_RIP),
          .result = value(REG_RAX),
          .number = value(REG_RAX),
          .first_argument = value(REG_RDI),
          .is_futex_wait = looks_like_futex_wait(value(REG_RDI), value(REG_RSI))};
}
#elif defined(__aarch64__)
constexpr unsigned char kSystemCall[] = {0x01, 0x00, 0x00, 0xd4};
Registers registers_of(const ucontext_t& context) {
  constexpr int kNumber = 8;
  return {.next_instruction = context.uc_mcontext.pc,
          .result = context.uc_mcontext.regs[0],
          .number = context.uc_mcontext.regs[kNumber],
          .first_argument = context.uc_mcontext.regs[0],
          .is_futex_wait = context.uc_mcontext.regs[kNumber] == SYS_futex};
}
#endif

bool is_system_call(std::uint64_t address) {
  const auto* const instruction = reinterpret_cast<const unsigned char*>(address);
  return is_readable(instruction) &&
         __builtin_memcmp(instruction, kSystemCall, sizeof(kSystemCall)) == 0;
}

/// The arguments of a handler, if the handler's first instruction is the next one.
struct Call {
  int signal;
  void* context;
};

#if defined(__x86_64__)
Call call_in(const ucontext_t& context) {
  return {.signal = static_cast<int>(context.uc_mcontext.gregs[REG_RDI]),
          .context = reinterpret_cast<void*>(context.uc_mcontext.gregs[REG_RDX])};
}
void call_instead(ucontext_t& context, void (*function)(int)) {
  context.uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(function);
}
#elif defined(__aarch64__)
Call call_in(const ucontext_t& context) {
  // Not from the third argument, which the kernel sets with SA_SIGINFO only. On the stack the
  // siginfo_t comes first, then the context.
  return {.signal = static_cast<int>(context.uc_mcontext.regs[0]),
          .context = reinterpret_cast<void*>(context.uc_mcontext.sp + sizeof(siginfo_t))};
}
void call_instead(ucontext_t& context, void (*function)(int)) {
  context.uc_mcontext.pc = reinterpret_cast<std::uint64_t>(function);
}
#endif

bool is_handler_of(int signal, std::uint64_t address) {
  struct sigaction action = {};
  return signal > 0 && signal < NSIG && libc().sigaction(signal, nullptr, &action) == 0 &&
         reinterpret_cast<std::uint64_t>(action.sa_handler) == address;
}

void do_nothing(int) {}

}  // namespace

void* take_back_handlers(void* context) {
  while (true) {
    auto& interrupted = *static_cast<ucontext_t*>(context);
    const Call call = call_in(interrupted);
    if (!is_handler_of(call.signal, registers_of(interrupted).next_instruction)) return context;
    call_instead(interrupted, do_nothing);
    context = call.context;
  }
}

// If the kernel restarts the call, the next instruction is the system call itself.
bool is_cut_short(const void* context) {
  const Registers registers = registers_of(*static_cast<const ucontext_t*>(context));
  if (registers.result != static_cast<std::uint64_t>(-EINTR) || registers.is_futex_wait) {
    return false;
  }
  return is_system_call(registers.next_instruction - sizeof(kSystemCall));
}

namespace {

bool is_in_blocking(std::uint64_t number, const void* context) {
  const Registers registers = registers_of(*static_cast<const ucontext_t*>(context));
  if (registers.number != number || !is_system_call(registers.next_instruction)) return false;
  struct stat file = {};
  const auto fd = static_cast<long>(registers.first_argument);
  return raw_syscall(SYS_fstat, fd, to_register(&file)) == 0 &&
         (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode) || S_ISCHR(file.st_mode));
}

}  // namespace

bool is_in_blocking_read(const void* context) { return is_in_blocking(SYS_read, context); }

bool is_in_blocking_write(const void* context) { return is_in_blocking(SYS_write, context); }

}  // namespace covenv
