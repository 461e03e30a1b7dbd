// SPDX-License-Identifier: MIT
#include "shim/core/loaded_global.h"

#include <gtest/gtest.h>

#include <vector>

namespace covenv {
namespace {

using Bytes = std::vector<unsigned char>;

// rb_get_coverages() of Debian's Ruby 3.3.
const Bytes kByAddress = {0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8d, 0x05, 0x0d, 0xe8, 0x22, 0x00,
                          0x48, 0x8b, 0x00, 0x48, 0x8b, 0x80, 0xf8, 0x04, 0x00, 0x00, 0xc3};
const Bytes kLoaded = {0x48, 0x8b, 0x05, 0x10, 0x00, 0x00, 0x00, 0x48,
                       0x8b, 0x80, 0x08, 0x01, 0x00, 0x00, 0xc3};
const Bytes kByTable = {0x48, 0x8b, 0x05, 0xf0, 0xff, 0xff, 0xff, 0x48, 0x8b,
                        0x00, 0x48, 0x8b, 0x80, 0x08, 0x01, 0x00, 0x00, 0xc3};

TEST(LoadedGlobal, IsFoundByItsAddress) {
  const LoadedGlobal found = find_loaded_global(kByAddress);
  EXPECT_EQ(found.distance, 11 + 0x22e80d);
  EXPECT_FALSE(found.is_indirect);
}

TEST(LoadedGlobal, IsFoundByItsLoad) {
  const LoadedGlobal found = find_loaded_global(kLoaded);
  EXPECT_EQ(found.distance, 7 + 16);
  EXPECT_FALSE(found.is_indirect);
}

TEST(LoadedGlobal, IsFoundByTheTableThatHoldsItsAddress) {
  const LoadedGlobal found = find_loaded_global(kByTable);
  EXPECT_EQ(found.distance, 7 - 16);
  EXPECT_TRUE(found.is_indirect);
}

TEST(LoadedGlobal, OtherCodeHasNone) {
  EXPECT_EQ(find_loaded_global({}).distance, 0);
  for (const Bytes& code : {kByAddress, kLoaded, kByTable}) {
    for (std::size_t size = 0; size < code.size(); ++size) {
      EXPECT_EQ(find_loaded_global({code.data(), size}).distance, 0) << size;
    }
    Bytes longer = code;
    longer.back() = 0x90;
    EXPECT_EQ(find_loaded_global(longer).distance, 0);
  }
  Bytes not_followed = kByAddress;
  not_followed.erase(not_followed.begin() + 11, not_followed.begin() + 14);
  EXPECT_EQ(find_loaded_global(not_followed).distance, 0);
}

}  // namespace
}  // namespace covenv
