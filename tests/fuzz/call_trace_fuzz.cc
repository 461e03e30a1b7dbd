// SPDX-License-Identifier: MIT
// A function whose instructions, and the memory that they read, are the input.
#include <algorithm>
#include <cstring>

#include "fuzz.h"
#include "shim/counters/call_trace.h"

namespace {

struct Input {
  const std::uint8_t* data;
  std::size_t size;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using covenv::CallTrace;
  Input input = {data, size};
  const CallTrace::Memory memory = {
      .context = &input,
      .read_code = [](void* context, std::uint64_t at, std::array<char, 16>& into) -> std::size_t {
        const Input& all = *static_cast<Input*>(context);
        if (at >= all.size) return 0;
        const std::size_t count = std::min(into.size(), all.size - static_cast<std::size_t>(at));
        std::memcpy(into.data(), all.data + at, count);
        return count;
      },
      .read_data =
          [](void* context, std::uint64_t at, std::uint64_t& value, std::size_t count) {
            const Input& all = *static_cast<Input*>(context);
            value = 0;
            if (at >= all.size || all.size - at < count) return false;
            std::memcpy(&value, all.data + at, count);
            return true;
          }};
  CallTrace trace;
  trace.begin(memory, 0);
  covenv::TracedCall call;
  for (int i = 0; i < 100 && trace.next(call); ++i) {
  }
  return 0;
}
