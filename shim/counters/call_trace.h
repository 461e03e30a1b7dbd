// SPDX-License-Identifier: MIT
// Which calls a short function of another process would make, and with which arguments: the
// function's instructions are followed here, and nothing runs there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "shim/counters/memory_window.h"

namespace covenv {

struct TracedCall {
  std::uint64_t target = 0;
  std::array<std::uint64_t, 3> arguments = {};
};

/// Follows moves, additions, comparisons and jumps, as compilers make them of a list of calls with
/// constant arguments. Calls are not followed, and change no register here. x86-64 alone: of
/// another machine no call is found. Safe with any bytes, and bounded.
class CallTrace {
 public:
  /// Reads memory at an address. False if the bytes cannot be read.
  struct Memory {
    void* context;
    /// As much of an instruction as there is, at most 16 bytes.
    std::size_t (*read_code)(void* context, std::uint64_t at, std::array<char, 16>& into);
    bool (*read_data)(void* context, std::uint64_t at, std::uint64_t& value, std::size_t size);
  };

  /// What `memory.context` refers to has to be there for each call of next().
  void begin(const Memory& memory, std::uint64_t function);

  /// Goes on to the next call, or to the jump with which the function ends. False if there is none:
  /// the function has returned, or has an instruction that is not followed.
  bool next(TracedCall& call);

  /// Whether the function has been followed to its end.
  bool has_ended() const { return has_ended_; }

 private:
  struct Code;
  struct Operand {
    bool is_register = false;
    bool is_relative = false;  ///< to the next instruction
    std::uint64_t place = 0;   ///< a register's number, or an address
  };

  static constexpr std::size_t kMostSteps = 1024;  ///< from one call to the next
  static constexpr std::size_t kStackWords = 64;
  // No address of a process has this bit.
  static constexpr std::uint64_t kStackEnd = std::uint64_t{1} << 62U;
  static constexpr std::uint64_t kStackBegin = kStackEnd - kStackWords * 8;

  enum class Step : std::uint8_t { kOn, kCall, kEnd, kUnknown };

  Step step(TracedCall& call);
  Step step_two_bytes(Code& code);
  Step arithmetic(unsigned operation, const Operand& to, std::uint64_t value, std::size_t size);
  Step group_of_ff(Code& code, unsigned operation, const Operand& operand, TracedCall& call);
  Step jump(const Code& code, std::uint64_t target, TracedCall& call);
  Step called(std::uint64_t target, std::uint64_t behind, TracedCall& call);
  Operand operand_of(Code& code, unsigned& field);
  bool is_true(unsigned condition) const;
  void set_flags(std::uint64_t result, std::size_t size, bool carry, bool overflow);
  bool load(const Operand& from, std::size_t size, std::uint64_t& value);
  bool store(const Operand& to, std::size_t size, std::uint64_t value);
  bool push(std::uint64_t value);
  bool pop(std::uint64_t& value);

  Memory memory_ = {};
  std::array<std::uint64_t, 16> registers_ = {};
  std::array<std::uint64_t, kStackWords> stack_ = {};
  std::uint64_t at_ = 0;
  bool zero_ = false;
  bool sign_ = false;
  bool carry_ = false;
  bool overflow_ = false;
  bool has_ended_ = false;
};

}  // namespace covenv
