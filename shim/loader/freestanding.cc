// SPDX-License-Identifier: MIT
// The functions that compilers call by themselves (GCC manual, "Standards"), hidden, so that the
// library needs no other one. Compiled so that none becomes a call to itself.
#include <cstddef>
#include <cstdint>

extern "C" {

// A word at any address, in an object of any type.
struct [[gnu::packed, gnu::may_alias]] Word {
  std::uint64_t value;
};

void* memcpy(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  for (; size >= sizeof(Word); size -= sizeof(Word), out += sizeof(Word), in += sizeof(Word)) {
    *reinterpret_cast<Word*>(out) = *reinterpret_cast<const Word*>(in);
  }
  while (size-- != 0) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  if (out <= in) return memcpy(to, from, size);
  while (size-- != 0) out[size] = in[size];
  return to;
}

void* memset(void* to, int value, std::size_t size) {
  auto* out = static_cast<char*>(to);
  while (size-- != 0) *out++ = static_cast<char>(value);
  return to;
}

int memcmp(const void* left, const void* right, std::size_t size) {
  const auto* a = static_cast<const unsigned char*>(left);
  const auto* b = static_cast<const unsigned char*>(right);
  for (; size != 0; --size, ++a, ++b) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

// clang calls bcmp() for a memcmp() whose result is only compared with 0.
int bcmp(const void* left, const void* right, std::size_t size) {
  return memcmp(left, right, size);
}

std::size_t strlen(const char* text) {
  std::size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

void* memchr(const void* text, int byte, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(text);
  for (; size != 0; --size, ++at) {
    if (*at == static_cast<unsigned char>(byte)) return const_cast<unsigned char*>(at);
  }
  return nullptr;
}

}  // extern "C"
