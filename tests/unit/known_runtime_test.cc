// SPDX-License-Identifier: MIT
#include "shim/core/known_runtime.h"

#include <gtest/gtest.h>

namespace covenv {
namespace {

TEST(KnownRuntime, IsToldByItsName) {
  EXPECT_TRUE(is_known_runtime("pypy3.9"));
  EXPECT_TRUE(is_known_runtime("python2.7"));
  EXPECT_TRUE(is_known_runtime("python3.7"));
  EXPECT_TRUE(is_known_runtime("python3.6m"));
  EXPECT_FALSE(is_known_runtime("postgres"));
  EXPECT_FALSE(is_known_runtime("node"));
  EXPECT_FALSE(is_known_runtime("python3.8"));
  EXPECT_FALSE(is_known_runtime("python3.11"));
  EXPECT_FALSE(is_known_runtime("python3."));
  EXPECT_FALSE(is_known_runtime("python3"));
  EXPECT_FALSE(is_known_runtime("java")) << "it has a saver";
  EXPECT_FALSE(is_known_runtime(""));
}

TEST(KnownRuntime, MeasuresByItsOwnVariable) {
  EXPECT_TRUE(measures_by("pypy3.9", "COVERAGE_PROCESS_START=rc"));
}

TEST(KnownRuntime, DoesNotMeasureByAnythingElse) {
  EXPECT_FALSE(measures_by("pypy3.9", "COVERAGE_PROCESS_START="));
  EXPECT_FALSE(measures_by("pypy3.9", "NODE_V8_COVERAGE=/tmp/x"));
}

TEST(KnownRuntime, AnOldPythonShowsByItsMapsThatItMeasures) {
  EXPECT_TRUE(shows_by_its_maps("python3.7"));
  EXPECT_TRUE(is_of_measuring("7f0-7f1 r-xp 0 08:01 5  /x/coverage/tracer.cpython-37m-x.so"));
  EXPECT_FALSE(is_of_measuring("7f0-7f1 r-xp 0 08:01 5  /x/coverage_tools/tracer.so"));
}

TEST(KnownRuntime, CoverageInRubyIsToldByItsFile) {
  EXPECT_TRUE(is_of_coverage_in_ruby(
      "7f0-7f1 r-xp 0 08:01 5  /usr/lib/x86_64-linux-gnu/ruby/3.1.0/coverage.so"));
  EXPECT_FALSE(is_of_coverage_in_ruby("7f0-7f1 r-xp 0 08:01 5  /usr/lib/ruby/3.1.0/socket.so"));
  EXPECT_FALSE(is_of_coverage_in_ruby("7f0-7f1 r-xp 0 08:01 5  /srv/shop/coverage.so"));
}

TEST(KnownRuntime, DotnetIsToldByTheSignalsThatItCatches) {
  constexpr std::uint64_t kDotnet = 0x3000044de;  // as 3.1 has it
  EXPECT_TRUE(may_be_dotnet({.caught = kDotnet}));
  EXPECT_FALSE(may_be_dotnet({.caught = 0xfffffffe7fc1feff})) << "Go";
  EXPECT_FALSE(may_be_dotnet({.caught = 0x1000014ce})) << "a JVM";
  EXPECT_FALSE(may_be_dotnet({}));
}

TEST(KnownRuntime, AssembliesOfASharedFrameworkAreNotTheProgramsOwn) {
  EXPECT_EQ(assembly_of("7f0-7f1 r--s 0 08:01 5  /app/my folder/Shop.dll"),
            "/app/my folder/Shop.dll");
  EXPECT_EQ(assembly_of("7f0-7f1 r--s 0 08:01 5  /d/shared/Microsoft.NETCore.App/8/System.dll"),
            "");
  EXPECT_EQ(assembly_of("7f0-7f1 r-xp 0 08:01 5  /app/libcoreclr.so"), "");
  EXPECT_EQ(assembly_of("7f0-7f1 rw-p 0 00:00 0 "), "");
}

TEST(KnownRuntime, EmulatorIsToldByItsName) {
  EXPECT_TRUE(is_emulator("qemu-aarch64"));
  EXPECT_TRUE(is_emulator("/usr/bin/qemu-aarch64-static"));
  EXPECT_FALSE(is_emulator("/opt/qemu-7/bin/python3"));
  EXPECT_FALSE(is_emulator("qemu"));
  EXPECT_FALSE(is_emulator(""));
}

}  // namespace
}  // namespace covenv
