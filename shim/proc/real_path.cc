// SPDX-License-Identifier: MIT
#include "shim/proc/real_path.h"

#include <span>

#include "shim/proc/descriptor.h"
#include "shim/proc/executable_file.h"
#include "shim/proc/kernel.h"

namespace covenv {

std::string_view real_path(const char* path, char (&room)[kLongestRealPath]) {
  const Descriptor file(path, O_PATH);
  if (file.get() < 0) return {};
  const long size = kKernel.read_link(DescriptorPath(file.get()).c_str(), std::span<char>(room));
  const bool is_whole = size > 0 && static_cast<std::size_t>(size) < kLongestRealPath;
  return is_whole && room[0] == '/' ? std::string_view(room, static_cast<std::size_t>(size))
                                    : std::string_view();
}

}  // namespace covenv
