// SPDX-License-Identifier: MIT
#include "shim/counters/call_trace.h"

#include <cstring>

#include "shim/counters/gcov_layout.h"

namespace covenv {
namespace {

constexpr unsigned kRax = 0;
constexpr unsigned kRdx = 2;
constexpr unsigned kRsp = 4;
constexpr unsigned kRbp = 5;
constexpr unsigned kRsi = 6;
constexpr unsigned kRdi = 7;

std::uint64_t cut(std::uint64_t value, std::size_t size) {
  return size == 8 ? value : value & 0xffffffffU;
}

bool top_bit(std::uint64_t value, std::size_t size) { return (value >> (8 * size - 1) & 1U) != 0; }

}  // namespace

/// One instruction.
struct CallTrace::Code {
  std::array<char, 16> bytes = {};
  std::size_t size = 0;
  std::size_t used = 0;
  std::uint64_t address = 0;
  unsigned rex = 0;
  bool is_cut = false;

  template <typename T>
  T take() {
    T value = {};
    if (size - used < sizeof(T)) {
      is_cut = true;
      return value;
    }
    std::memcpy(&value, &bytes[used], sizeof(T));
    used += sizeof(T);
    return value;
  }
  /// With its sign.
  std::uint64_t number(std::size_t width) {
    return width == 1 ? static_cast<std::uint64_t>(std::int64_t{take<std::int8_t>()})
                      : static_cast<std::uint64_t>(std::int64_t{take<std::int32_t>()});
  }
  bool is_wide() const { return (rex & 8U) != 0; }
  std::size_t width() const { return is_wide() ? 8 : 4; }
  std::uint64_t end() const { return address + used; }
};

void CallTrace::begin(const Memory& memory, std::uint64_t function) {
  memory_ = memory;
  registers_ = {};
  registers_[kRsp] = kStackEnd;
  at_ = function;
  has_ended_ = false;
}

bool CallTrace::next(TracedCall& call) {
#if defined(__x86_64__)
  for (std::size_t i = 0; i < kMostSteps && !has_ended_; ++i) {
    const Step done = step(call);
    if (done == Step::kCall) return true;
    if (done == Step::kUnknown) return false;
    if (done == Step::kEnd) has_ended_ = true;
  }
#else
  static_cast<void>(call);
#endif
  return false;
}

CallTrace::Operand CallTrace::operand_of(Code& code, unsigned& field) {
  const unsigned byte = code.take<std::uint8_t>();
  const unsigned mode = byte >> 6U;
  const unsigned low = byte & 7U;
  field = (byte >> 3U & 7U) | (code.rex & 4U) << 1U;
  if (mode == 3) return {.is_register = true, .place = low | (code.rex & 1U) << 3U};
  std::uint64_t address = 0;
  bool is_relative = false;
  if (low == kRsp) {
    const unsigned scaled = code.take<std::uint8_t>();
    const unsigned index = (scaled >> 3U & 7U) | (code.rex & 2U) << 2U;
    const unsigned base = scaled & 7U;
    if (index != kRsp) address = registers_[index] << (scaled >> 6U);
    if (base == kRbp && mode == 0) {
      address += code.number(4);
    } else {
      address += registers_[base | (code.rex & 1U) << 3U];
    }
  } else if (low == kRbp && mode == 0) {
    is_relative = true;
    address = code.number(4);
  } else {
    address = registers_[low | (code.rex & 1U) << 3U];
  }
  if (mode == 1) address += code.number(1);
  if (mode == 2) address += code.number(4);
  if (is_relative) address += code.end();
  return {.is_relative = is_relative, .place = address};
}

bool CallTrace::load(const Operand& from, std::size_t size, std::uint64_t& value) {
  if (from.is_register) {
    value = cut(registers_[from.place], size);
    return true;
  }
  if (from.place >= kStackBegin && from.place < kStackEnd) {
    if (from.place % 8 + size > 8) return false;
    value = cut(stack_[(from.place - kStackBegin) / 8] >> 8 * (from.place % 8), size);
    return true;
  }
  return memory_.read_data(memory_.context, from.place, value, size);
}

bool CallTrace::store(const Operand& to, std::size_t size, std::uint64_t value) {
  if (to.is_register) {
    registers_[to.place] = cut(value, size);
    return true;
  }
  if (to.place < kStackBegin || to.place >= kStackEnd || to.place % 8 + size > 8) return false;
  const std::size_t shift = 8 * (to.place % 8);
  const std::uint64_t mask = cut(~std::uint64_t{0}, size) << shift;
  std::uint64_t& word = stack_[(to.place - kStackBegin) / 8];
  word = (word & ~mask) | (value << shift & mask);
  return true;
}

bool CallTrace::push(std::uint64_t value) {
  registers_[kRsp] -= 8;
  return store({.place = registers_[kRsp]}, 8, value);
}

bool CallTrace::pop(std::uint64_t& value) {
  if (registers_[kRsp] < kStackBegin || registers_[kRsp] >= kStackEnd) return false;
  const bool is_loaded = load({.place = registers_[kRsp]}, 8, value);
  registers_[kRsp] += 8;
  return is_loaded;
}

void CallTrace::set_flags(std::uint64_t result, std::size_t size, bool carry, bool overflow) {
  zero_ = cut(result, size) == 0;
  sign_ = top_bit(result, size);
  carry_ = carry;
  overflow_ = overflow;
}

bool CallTrace::is_true(unsigned condition) const {
  bool holds = false;
  switch (condition >> 1U) {
    case 0:
      holds = overflow_;
      break;
    case 1:
      holds = carry_;
      break;
    case 2:
      holds = zero_;
      break;
    case 3:
      holds = carry_ || zero_;
      break;
    case 4:
      holds = sign_;
      break;
    case 6:
      holds = sign_ != overflow_;
      break;
    case 7:
      holds = zero_ || sign_ != overflow_;
      break;
    default:  // parity, which no list of calls asks for
      break;
  }
  return holds != ((condition & 1U) != 0);
}

/// `operation` as in the instruction: add, or, adc, sbb, and, sub, xor, cmp.
CallTrace::Step CallTrace::arithmetic(unsigned operation, const Operand& to, std::uint64_t value,
                                      std::size_t size) {
  std::uint64_t old = 0;
  if (!load(to, size, old)) return Step::kUnknown;
  value = cut(value, size);
  std::uint64_t result = 0;
  switch (operation) {
    case 0:
      result = cut(old + value, size);
      set_flags(result, size, result < old, top_bit(~(old ^ value) & (old ^ result), size));
      break;
    case 5:
    case 7:
      result = cut(old - value, size);
      set_flags(result, size, old < value, top_bit((old ^ value) & (old ^ result), size));
      break;
    case 1:
    case 4:
    case 6:
      result = operation == 1 ? old | value : operation == 4 ? old & value : old ^ value;
      set_flags(result, size, false, false);
      break;
    default:
      return Step::kUnknown;
  }
  return operation == 7 || store(to, size, result) ? Step::kOn : Step::kUnknown;
}

CallTrace::Step CallTrace::called(std::uint64_t target, std::uint64_t behind, TracedCall& call) {
  call = {.target = target, .arguments = {registers_[kRdi], registers_[kRsi], registers_[kRdx]}};
  at_ = behind;
  return Step::kCall;
}

/// A jump with an empty stack leaves the function.
CallTrace::Step CallTrace::jump(const Code& code, std::uint64_t target, TracedCall& call) {
  if (registers_[kRsp] != kStackEnd) {
    at_ = target;
    return Step::kOn;
  }
  has_ended_ = true;
  return called(target, code.end(), call);
}

CallTrace::Step CallTrace::group_of_ff(Code& code, unsigned operation, const Operand& operand,
                                       TracedCall& call) {
  const bool is_call = operation == 2 || operation == 4;
  std::uint64_t value = 0;
  if (!load(operand, is_call || operation == 6 ? 8 : code.width(), value)) return Step::kUnknown;
  at_ = code.end();
  if (operation == 2) return called(value, code.end(), call);
  if (operation == 4) return jump(code, value, call);
  if (operation == 6) return push(value) ? Step::kOn : Step::kUnknown;
  if (operation > 1) return Step::kUnknown;
  const bool carry = carry_;
  const Step done = arithmetic(operation == 0 ? 0 : 5, operand, 1, code.width());
  carry_ = carry;
  return done;
}

CallTrace::Step CallTrace::step_two_bytes(Code& code) {
  const unsigned opcode = code.take<std::uint8_t>();
  unsigned field = 0;
  if (opcode >> 4U == 8) {
    const std::uint64_t distance = code.number(4);
    at_ = code.end() + (is_true(opcode & 15U) ? distance : 0);
    return code.is_cut ? Step::kUnknown : Step::kOn;
  }
  const Operand operand = operand_of(code, field);
  at_ = code.end();
  if (code.is_cut) return Step::kUnknown;
  if (opcode == 0x1f || opcode == 0x1e) return Step::kOn;  // nop, endbr64
  std::uint64_t value = 0;
  if (opcode == 0xaf && load(operand, code.width(), value)) {  // imul
    registers_[field] = cut(registers_[field] * value, code.width());
    return Step::kOn;
  }
  return Step::kUnknown;
}

CallTrace::Step CallTrace::step(TracedCall& call) {
  Code code;
  code.address = at_;
  code.size = memory_.read_code(memory_.context, at_, code.bytes);
  unsigned opcode = code.take<std::uint8_t>();
  bool is_prefixed = false;
  while (opcode == 0x66 || opcode == 0x2e || opcode == 0xf3) {
    is_prefixed = true;
    opcode = code.take<std::uint8_t>();
  }
  if ((opcode & 0xf0U) == 0x40) {
    code.rex = opcode;
    opcode = code.take<std::uint8_t>();
  }
  if (code.is_cut) return Step::kUnknown;
  if (opcode == 0x0f) return step_two_bytes(code);
  if (opcode == 0x90) {
    at_ = code.end();
    return Step::kOn;
  }
  if (is_prefixed) return Step::kUnknown;
  const std::size_t width = code.width();
  const unsigned number = (opcode & 7U) | (code.rex & 1U) << 3U;
  const Operand numbered = {.is_register = true, .place = number};
  std::uint64_t value = 0;
  unsigned field = 0;
  const auto on_if = [&](bool is_done) {
    at_ = code.end();
    return is_done && !code.is_cut ? Step::kOn : Step::kUnknown;
  };
  if (opcode >> 3U == 10) return on_if(push(registers_[number]));
  if (opcode >> 3U == 11) return on_if(pop(registers_[number]));
  if (opcode >> 3U == 23) {  // mov to a register
    value = code.is_wide() ? code.take<std::uint64_t>() : code.take<std::uint32_t>();
    return on_if(store(numbered, width, value));
  }
  if (opcode >> 4U == 7) {
    const std::uint64_t distance = code.number(1);
    at_ = code.end() + (is_true(opcode & 15U) ? distance : 0);
    return code.is_cut ? Step::kUnknown : Step::kOn;
  }
  if (opcode < 0x40 && (opcode & 7U) == 5) {  // of rax and a number
    const Step done = arithmetic(opcode >> 3U, {.is_register = true}, code.number(4), width);
    return on_if(done == Step::kOn);
  }
  switch (opcode) {
    case 0x68:
    case 0x6a:
      return on_if(push(code.number(opcode == 0x6a ? 1 : 4)));
    case 0x98:  // cdqe
      registers_[kRax] =
          static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(registers_[kRax])});
      return on_if(code.is_wide());
    case 0xc3:
      return registers_[kRsp] == kStackEnd ? Step::kEnd : Step::kUnknown;
    case 0xc9:  // leave
      registers_[kRsp] = registers_[kRbp];
      return on_if(pop(registers_[kRbp]));
    case 0xe8:
      value = code.number(4);
      return code.is_cut ? Step::kUnknown : called(code.end() + value, code.end(), call);
    case 0xe9:
    case 0xeb:
      value = code.number(opcode == 0xeb ? 1 : 4);
      return code.is_cut ? Step::kUnknown : jump(code, code.end() + value, call);
    default:
      break;
  }
  const Operand operand = operand_of(code, field);
  if (code.is_cut) return Step::kUnknown;
  const Operand other = {.is_register = true, .place = field};
  // The next instruction begins behind the number.
  const bool has_number =
      opcode == 0x69 || opcode == 0x6b || opcode == 0x81 || opcode == 0x83 || opcode == 0xc7;
  if (has_number && operand.is_relative) return Step::kUnknown;
  switch (opcode) {
    case 0x63:  // movsxd
      if (!code.is_wide() || !load(operand, 4, value)) return Step::kUnknown;
      value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
      return on_if(store(other, 8, value));
    case 0x69:
    case 0x6b:  // imul by a number
      if (!load(operand, width, value)) return Step::kUnknown;
      return on_if(store(other, width, value * code.number(opcode == 0x6b ? 1 : 4)));
    case 0x81:
    case 0x83:
      value = code.number(opcode == 0x83 ? 1 : 4);
      return on_if(arithmetic(field & 7U, operand, value, width) == Step::kOn);
    case 0x85:  // test
      if (!load(operand, width, value)) return Step::kUnknown;
      set_flags(value & registers_[field], width, false, false);
      return on_if(true);
    case 0x89:
      return on_if(store(operand, width, registers_[field]));
    case 0x8b:
      return on_if(load(operand, width, value) && store(other, width, value));
    case 0x8d:
      return on_if(!operand.is_register && store(other, width, operand.place));
    case 0xc7:
      return on_if(store(operand, width, code.number(4)));
    case 0xff:
      return group_of_ff(code, field & 7U, operand, call);
    default:
      break;
  }
  if (opcode >= 0x40 || (opcode & 5U) != 1) return Step::kUnknown;
  // Of two operands, to the first or to the second.
  const bool is_to_register = (opcode & 2U) != 0;
  if (!load(is_to_register ? operand : other, width, value)) return Step::kUnknown;
  return on_if(arithmetic(opcode >> 3U, is_to_register ? other : operand, value, width) ==
               Step::kOn);
}

}  // namespace covenv
