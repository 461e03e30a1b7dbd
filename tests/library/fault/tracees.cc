// SPDX-License-Identifier: MIT
#include "tracees.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <fstream>
#include <sstream>

namespace fault {
namespace {

// At most so many words of stack lie between a frame of the library's and a system call that libc
// makes for it. The frames of an interpreter take more.
constexpr std::size_t kWordsLookedAt = 256;
constexpr std::uint64_t kHeaders = 4096;

}  // namespace

void Process::has_mapped(pid_t thread, int fd) {
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), target.data(), target.size());
  if (size > 0 && library_ == std::string(target.data(), static_cast<std::size_t>(size))) {
    is_stale_ = true;
  }
}

void Process::has_executed() {
  base_ = text_ = text_end_ = 0;
  is_stale_ = false;
}

void Process::find_library() {
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  std::string line;
  while (std::getline(maps, line)) {
    if (!line.ends_with(library_)) continue;
    std::istringstream fields(line);
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    char dash = 0;
    std::string rights;
    std::uint64_t offset = 0;
    fields >> std::hex >> start >> dash >> end >> rights >> offset;
    base_ = start - offset;
    if (rights.find('x') == std::string::npos) continue;
    // The file's headers, which are in the same segment, do not count as code, because the loader
    // keeps their address on its stack.
    text_ = start + (offset == 0 ? kHeaders : 0);
    text_end_ = end;
    is_stale_ = false;
    return;
  }
}

Maker Process::maker_of(pid_t thread, std::uint64_t instruction, std::uint64_t stack) {
  if (is_stale_) find_library();
  if (text_ == 0) return Maker::kProgram;
  if (is_text(instruction)) return Maker::kShim;
  std::array<std::uint64_t, kWordsLookedAt> words{};
  // The second try reads less, because the stack may end before.
  std::size_t got = 0;
  for (const std::size_t wanted : {words.size(), words.size() / 8}) {
    const iovec local{words.data(), wanted * sizeof(words[0])};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of another process
    const iovec remote{reinterpret_cast<void*>(stack), local.iov_len};
    const ssize_t size = process_vm_readv(thread, &local, 1, &remote, 1, 0);
    if (size > 0) got = static_cast<std::size_t>(size) / sizeof(words[0]);
    if (got != 0) break;
  }
  const bool is_below = std::any_of(words.begin(), words.begin() + static_cast<long>(got),
                                    [this](std::uint64_t word) { return is_text(word); });
  return is_below ? Maker::kForShim : Maker::kProgram;
}

}  // namespace fault
