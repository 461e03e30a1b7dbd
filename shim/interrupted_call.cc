// SPDX-License-Identifier: MIT
#include "interrupted_call.h"

#include <linux/errno.h>
#include <ucontext.h>

#include <cstdint>

#include "stack.h"

namespace covenv {
namespace {

struct Registers {
  std::uint64_t next_instruction;
  std::uint64_t result;
};

#if defined(__x86_64__)
constexpr unsigned char kSystemCall[] = {0x0f, 0x05};
Registers registers_of(const ucontext_t& context) {
  return {.next_instruction = static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RIP]),
          .result = static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RAX])};
}
#elif defined(__aarch64__)
constexpr unsigned char kSystemCall[] = {0x01, 0x00, 0x00, 0xd4};
Registers registers_of(const ucontext_t& context) {
  return {.next_instruction = context.uc_mcontext.pc, .result = context.uc_mcontext.regs[0]};
}
#endif

}  // namespace

// The kernel goes back to the instruction itself for a call that it takes up again.
bool is_cut_short(const void* context) {
  const Registers registers = registers_of(*static_cast<const ucontext_t*>(context));
  if (registers.result != static_cast<std::uint64_t>(-EINTR)) return false;
  const auto* const instruction =
      reinterpret_cast<const unsigned char*>(registers.next_instruction) - sizeof(kSystemCall);
  return is_readable(instruction) &&
         __builtin_memcmp(instruction, kSystemCall, sizeof(kSystemCall)) == 0;
}

}  // namespace covenv
