// SPDX-License-Identifier: MIT
// The files of which a process has code mapped: its program, and libraries.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "shim/native/subject.h"

namespace covenv {

struct MappedObject {
  std::uint64_t base;    ///< where position 0 of the file lies in the memory
  std::uint64_t device;  ///< 0: not known; with the inode as stat(2) says, on most file systems
  std::uint64_t inode;
  std::string_view path;  ///< as seen from our root; valid until the next visit
};

/// Calls visit(context, object) for each such file. `room`: at least 16 KiB; larger means fewer
/// reads.
struct MappedObjectVisitor {
  void* context;
  void (*visit)(void* context, const MappedObject& object);
};
void for_each_object(const Subject& subject, std::span<char> room,
                     const MappedObjectVisitor& visitor);

/// The same in less time, without a base, and a file may come several times. False if the kernel
/// (Linux before 6.11) cannot tell; some files may have been visited then.
bool for_each_code_mapping(const Subject& subject, const MappedObjectVisitor& visitor);

}  // namespace covenv
