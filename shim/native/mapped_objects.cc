// SPDX-License-Identifier: MIT
#include "shim/native/mapped_objects.h"

#include <fcntl.h>
#include <linux/errno.h>
#include <linux/ioctl.h>

#include <cstring>

#include "shim/core/memory_map.h"
#include "shim/native/exact_read.h"
#include "shim/proc/descriptor.h"
#include "shim/proc/path_writer.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::size_t kProcPath = 64;

/// The kernel's struct procmap_query (Linux 6.11), which older headers lack.
struct MappingQuery {
  std::uint64_t size;
  std::uint64_t flags;
  std::uint64_t address;
  std::uint64_t start;
  std::uint64_t end;
  std::uint64_t rights;
  std::uint64_t page_size;
  std::uint64_t offset;
  std::uint64_t inode;
  std::uint32_t major;
  std::uint32_t minor;
  std::uint32_t name_size;
  std::uint32_t build_id_size;
  std::uint64_t name;
  std::uint64_t build_id;
};
constexpr unsigned kQuery = _IOWR('f', 17, MappingQuery);
constexpr std::uint64_t kExecutable = 0x04;
constexpr std::uint64_t kThisOrNext = 0x10;
constexpr std::uint64_t kOfAFile = 0x20;

/// As stat(2) gives it.
std::uint64_t device_of(const MappingQuery& query) {
  return (query.minor & 0xffU) | query.major << 8U | (query.minor & ~0xffU) << 12U;
}

}  // namespace

bool for_each_code_mapping(const Subject& subject, const MappedObjectVisitor& visitor) {
  char text[kProcPath];
  PathWriter path(text);
  subject.add_path(path, "maps");
  if (!path.finish()) return false;
  const Descriptor file(text, O_RDONLY);
  char name[512] = {};  // valgrind does not know that the kernel fills it
  MappingQuery query = {};
  query.size = sizeof(query);
  query.flags = kExecutable | kThisOrNext | kOfAFile;
  while (true) {
    query.name = reinterpret_cast<std::uint64_t>(&name);
    query.name_size = sizeof(name);
    const long result =
        raw_syscall(SYS_ioctl, file.get(), static_cast<long>(kQuery), to_register(&query));
    if (result != 0) return result == -ENOENT;
    const std::size_t size = query.name_size;  // with the NUL; 0: no name
    if (size != 0 && size <= sizeof(name) && query.inode != 0) {
      visitor.visit(
          visitor.context,
          {.base = 0, .device = device_of(query), .inode = query.inode, .path = {name, size - 1}});
    }
    if (query.end <= query.address) return false;
    query.address = query.end;
  }
}

void for_each_object(const Subject& subject, std::span<char> room,
                     const MappedObjectVisitor& visitor) {
  char text[kProcPath];
  PathWriter path(text);
  subject.add_path(path, "maps");
  if (!path.finish()) return;
  const Descriptor file(text, O_RDONLY);
  MappedObject object = {};
  std::uint64_t visited = 0;  // the base of the last object, whose code may be in several mappings
  std::size_t kept = 0;
  for (long got = 0; (got = read_on(file.get(), room.subspan(kept))) > 0;) {
    std::string_view lines(room.data(), kept + static_cast<std::size_t>(got));
    for (std::size_t end = 0; (end = lines.find('\n')) != std::string_view::npos;) {
      Mapping mapping;
      const bool is_file = parse_mapping({lines.data(), end}, mapping) && mapping.inode != 0;
      lines.remove_prefix(end + 1);
      if (!is_file || !mapping.path.starts_with('/')) continue;
      if (mapping.offset == 0) {
        object = {.base = mapping.start, .device = 0, .inode = mapping.inode, .path = {}};
      }
      if (!mapping.is_executable || mapping.inode != object.inode || object.base == visited) {
        continue;
      }
      visited = object.base;
      object.path = mapping.path;
      visitor.visit(visitor.context, object);
    }
    std::memmove(room.data(), lines.data(), lines.size());
    kept = lines.size();
    if (kept == room.size()) return;  // a line longer than any path
  }
}

}  // namespace covenv
