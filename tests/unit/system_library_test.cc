// SPDX-License-Identifier: MIT
#include "shim/core/system_library.h"

#include <gtest/gtest.h>

namespace covenv {
namespace {

TEST(SystemLibrary, IsInAFolderOfTheSystem) {
  EXPECT_TRUE(is_system_library("/lib/x86_64-linux-gnu/libm.so.6"));
  EXPECT_TRUE(is_system_library("/lib64/libm.so.6"));
  EXPECT_TRUE(is_system_library("/usr/lib/libm.so.6"));
  EXPECT_TRUE(is_system_library("/usr/lib64/libm.so.6"));
}

TEST(SystemLibrary, IsToldByTheWholeNameOfTheFolder) {
  EXPECT_FALSE(is_system_library("/libfoo/libm.so"));
  EXPECT_FALSE(is_system_library("/lib64x/libm.so"));
  EXPECT_FALSE(is_system_library("/usr/libexec/libm.so"));
  EXPECT_FALSE(is_system_library("/usr/local/lib/libm.so"));
  EXPECT_FALSE(is_system_library("lib/libm.so"));
  EXPECT_FALSE(is_system_library("/lib"));
  EXPECT_FALSE(is_system_library(""));
}

}  // namespace
}  // namespace covenv
