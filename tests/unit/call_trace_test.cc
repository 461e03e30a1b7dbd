// SPDX-License-Identifier: MIT
#include "shim/counters/call_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#if defined(__x86_64__)
namespace covenv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kFunction = 0x1000;
constexpr std::uint64_t kData = 0x2000;

/// A function, and memory that holds the numbers 10, 20, 30 in words of 32 bits.
struct Process {
  std::string instructions;
  std::uint32_t numbers[3] = {10, 20, 30};

  CallTrace::Memory memory() {
    return {.context = this,
            .read_code = [](void* context, std::uint64_t at,
                            std::array<char, 16>& into) -> std::size_t {
              const std::string& code = static_cast<Process*>(context)->instructions;
              if (at < kFunction || at >= kFunction + code.size()) return 0;
              return code.copy(into.data(), into.size(), at - kFunction);
            },
            .read_data =
                [](void* context, std::uint64_t at, std::uint64_t& value, std::size_t size) {
                  const auto& data = static_cast<Process*>(context)->numbers;
                  if (at < kData || at + size > kData + sizeof(data)) return false;
                  value = 0;
                  std::memcpy(&value, reinterpret_cast<const char*>(data) + (at - kData), size);
                  return true;
                }};
  }
};

struct Followed {
  std::vector<std::uint64_t> first_arguments;
  std::vector<std::uint64_t> targets;
  bool has_ended = false;
};

/// `code`: the bytes, with NULs.
template <std::size_t kSize>
Followed follow(const char (&code)[kSize]) {
  Process process = {.instructions = std::string(code, kSize - 1)};
  CallTrace trace;
  trace.begin(process.memory(), kFunction);
  Followed followed;
  TracedCall call;
  while (followed.targets.size() < 100 && trace.next(call)) {
    followed.first_arguments.push_back(call.arguments[0]);
    followed.targets.push_back(call.target);
  }
  followed.has_ended = trace.has_ended();
  return followed;
}

TEST(CallTrace, FollowsAListToTheJumpAtItsEnd) {
  const Followed followed = follow(
      "\x50"                    // push %rax
      "\xbf\x07\x00\x00\x00"    // mov $7,%edi
      "\xe8\x00\x01\x00\x00"    // call
      "\x31\xff"                // xor %edi,%edi
      "\xe8\x00\x01\x00\x00"    // call
      "\x58"                    // pop %rax
      "\xe9\x00\x02\x00\x00");  // jmp
  EXPECT_THAT(followed.first_arguments, ElementsAre(7, 0, 0));
  EXPECT_THAT(followed.targets, ElementsAre(0x110b, 0x1112, 0x1218));
  EXPECT_TRUE(followed.has_ended);
}

TEST(CallTrace, FollowsALoopOverATable) {
  const Followed followed = follow(
      "\x53"                          // push %rbx
      "\xbb\x00\x20\x00\x00"          // mov $0x2000,%ebx
      "\x8b\x3b"                      // mov (%rbx),%edi
      "\xe8\x00\x01\x00\x00"          // call
      "\x48\x83\xc3\x04"              // add $4,%rbx
      "\x48\x81\xfb\x0c\x20\x00\x00"  // cmp $0x200c,%rbx
      "\x75\xec"                      // jne
      "\x5b"                          // pop %rbx
      "\xc3");                        // ret
  EXPECT_THAT(followed.first_arguments, ElementsAre(10, 20, 30));
  EXPECT_TRUE(followed.has_ended);
}

TEST(CallTrace, FollowsVariablesOfTheStack) {
  const Followed followed = follow(
      "\x55\x48\x89\xe5"              // push %rbp; mov %rsp,%rbp
      "\x48\x83\xec\x10"              // sub $16,%rsp
      "\xc7\x45\xfc\x05\x00\x00\x00"  // movl $5,-4(%rbp)
      "\x8b\x7d\xfc"                  // mov -4(%rbp),%edi
      "\xe8\x00\x01\x00\x00"          // call
      "\xc9\xc3");                    // leave; ret
  EXPECT_THAT(followed.first_arguments, ElementsAre(5));
  EXPECT_TRUE(followed.has_ended);
}

TEST(CallTrace, StopsAtWhatItDoesNotFollow) {
  for (const Followed& followed : {
           follow("\xd9\xd0\xe8\x00\x01\x00\x00\xc3"),  // fnop
           follow("\x8b\x3c\x25\x00\x30\x00\x00\xc3"),  // mov 0x3000,%edi: no memory
           follow("\x89\x3c\x25\x00\x20\x00\x00\xc3"),  // mov %edi,0x2000: a write
           follow("\x83\x3d\x00\x00\x00\x00\x01\xc3"),  // cmpl $1,0(%rip)
           follow("\x50\xeb\xfe"),                      // jmp to itself
           follow("\xe9\x00"),                          // the code ends
           follow("\x58\xc3"),                          // pop of an empty stack
       }) {
    EXPECT_THAT(followed.targets, IsEmpty());
    EXPECT_FALSE(followed.has_ended);
  }
}

}  // namespace
}  // namespace covenv
#endif
