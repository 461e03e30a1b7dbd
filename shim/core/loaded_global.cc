// SPDX-License-Identifier: MIT
#include "shim/core/loaded_global.h"

#include <algorithm>
#include <cstdint>

namespace covenv {
namespace {

constexpr unsigned char kEndbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
constexpr unsigned char kAddress[] = {0x48, 0x8d, 0x05};  // lea  distance(%rip), %rax
constexpr unsigned char kLoad[] = {0x48, 0x8b, 0x05};     // mov  distance(%rip), %rax
constexpr unsigned char kFollow[] = {0x48, 0x8b, 0x00};   // mov  (%rax), %rax
constexpr unsigned char kField[] = {0x48, 0x8b, 0x80};    // mov  offset(%rax), %rax
constexpr unsigned char kReturn[] = {0xc3};
constexpr std::size_t kNumberSize = 4;

class Code {
 public:
  explicit Code(std::span<const unsigned char> bytes) : bytes_(bytes) {}

  bool take(std::span<const unsigned char> expected) {
    const std::span<const unsigned char> rest = bytes_.subspan(at_);
    if (rest.size() < expected.size() ||
        !std::equal(expected.begin(), expected.end(), rest.begin())) {
      return false;
    }
    at_ += expected.size();
    return true;
  }

  /// 0 if there are not enough bytes.
  std::int32_t take_number() {
    std::int32_t number = 0;
    if (bytes_.size() - at_ < kNumberSize) return 0;
    __builtin_memcpy(&number, &bytes_[at_], kNumberSize);
    at_ += kNumberSize;
    return number;
  }

  std::ptrdiff_t at() const { return static_cast<std::ptrdiff_t>(at_); }

 private:
  std::span<const unsigned char> bytes_;
  std::size_t at_ = 0;
};

}  // namespace

LoadedGlobal find_loaded_global(std::span<const unsigned char> bytes) {
  Code code(bytes);
  code.take(kEndbr);
  const bool has_address = code.take(kAddress);
  if (!has_address && !code.take(kLoad)) return {};
  const std::int32_t number = code.take_number();
  LoadedGlobal found = {.distance = code.at() + number, .is_indirect = false};
  const bool is_followed = code.take(kFollow);
  if (has_address && !is_followed) return {};
  found.is_indirect = !has_address && is_followed;
  if (!code.take(kField)) return {};
  code.take_number();
  return code.take(kReturn) ? found : LoadedGlobal{};
}

}  // namespace covenv
