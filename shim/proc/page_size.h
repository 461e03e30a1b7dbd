// SPDX-License-Identifier: MIT
#pragma once

#include <elf.h>

#include <cstddef>

extern "C" [[gnu::weak]] unsigned long getauxval(unsigned long type) noexcept;

namespace covenv {

/// The size of a page of memory: 4 KiB, on some aarch64 kernels 64 KiB.
inline std::size_t page_size() {
  const unsigned long size = getauxval != nullptr ? getauxval(AT_PAGESZ) : 0;
  return size != 0 ? size : 4096;
}

}  // namespace covenv
