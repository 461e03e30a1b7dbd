// SPDX-License-Identifier: MIT
#include "shim/core/memory_map.h"

#include <gtest/gtest.h>

#include <string>

namespace covenv {
namespace {

TEST(MemoryMap, LineOfAFileNamesItsPlaceAndItsPath) {
  Mapping mapping;
  ASSERT_TRUE(parse_mapping(
      "7f2a8c600000-7f2a8c622000 r-xp 00001000 08:01 1835     /usr/lib/a name/libc.so.6", mapping));
  EXPECT_EQ(mapping.start, 0x7f2a8c600000U);
  EXPECT_EQ(mapping.offset, 0x1000U);
  EXPECT_EQ(mapping.inode, 1835U);
  EXPECT_TRUE(mapping.is_executable);
  EXPECT_EQ(mapping.path, "/usr/lib/a name/libc.so.6");
}

TEST(MemoryMap, LineOfMemoryWithoutAFileHasNoInode) {
  Mapping mapping;
  ASSERT_TRUE(parse_mapping("7ffd4e5f1000-7ffd4e5f3000 rw-p 00000000 00:00 0 ", mapping));
  EXPECT_EQ(mapping.inode, 0U);
  EXPECT_FALSE(mapping.is_executable);
  EXPECT_EQ(mapping.path, "");
}

TEST(MemoryMap, CutOrForeignLineIsNone) {
  const std::string line = "7f2a8c600000-7f2a8c622000 r--p 00000000 08:01 1835 /bin/a";
  for (std::size_t size = 0; size < line.find("/bin"); ++size) {
    Mapping mapping;
    EXPECT_FALSE(parse_mapping(line.substr(0, size), mapping)) << size;
  }
  Mapping mapping;
  EXPECT_FALSE(parse_mapping("no such line", mapping));
  EXPECT_FALSE(parse_mapping("7f2a-7f2b rwxp zzz 08:01 1 /bin/a", mapping));
}

}  // namespace
}  // namespace covenv
