// SPDX-License-Identifier: MIT
#include "shim/proc/dotnet.h"

#include <gtest/gtest.h>

#include <string>

#include "fake_kernel.h"
#include "shim/core/known_runtime.h"

namespace covenv {
namespace {

using testing::FakeWorld;

constexpr pid_t kPid = 4242;

class DotnetTest : public ::testing::Test {
 protected:
  DotnetTest() {
    status.caught = 0x3000044de;
    world.files["/proc/4242/maps"] =
        "7f0-7f1 r--s 0 08:01 5  /d/shared/Microsoft.NETCore.App/8/System.dll\n"
        "7f2-7f3 r--s 0 08:01 6  /app/Shop.dll\n"
        "7f4-7f5 r--s 0 08:01 6  /app/Shop.dll\n";
    world.files["/proc/4242/root/d/shared/Microsoft.NETCore.App/8/System.dll"] = kCoverletTracker;
  }

  FakeWorld world;
  ProcessStatus status;
};

TEST_F(DotnetTest, IsMeasuredIfAnAssemblyOfItsOwnHasTheTracker) {
  for (const std::size_t before : {0UL, 4000UL, 4080UL, 4095UL, 4096UL, 9000UL}) {
    std::string& assembly = world.files["/proc/4242/root/app/Shop.dll"];
    assembly.assign(before, 'x');
    assembly += kCoverletTracker;
    assembly += 'x';
    EXPECT_TRUE(is_measured_by_coverlet(FakeWorld::kernel(), kPid, status)) << before;
  }
  world.largest_read = 7;
  EXPECT_TRUE(is_measured_by_coverlet(FakeWorld::kernel(), kPid, status));
}

TEST_F(DotnetTest, IsNotMeasuredWithoutTheTracker) {
  std::string& assembly = world.files["/proc/4242/root/app/Shop.dll"];
  assembly.assign(9000, 'x');
  assembly += "Coverlet.Core.Instrumentation";
  EXPECT_FALSE(is_measured_by_coverlet(FakeWorld::kernel(), kPid, status));
  assembly = "";
  EXPECT_FALSE(is_measured_by_coverlet(FakeWorld::kernel(), kPid, status));
  world.files.erase("/proc/4242/root/app/Shop.dll");
  EXPECT_FALSE(is_measured_by_coverlet(FakeWorld::kernel(), kPid, status));
}

TEST_F(DotnetTest, NothingIsReadOfAnotherRuntime) {
  status.caught = 0;
  EXPECT_FALSE(is_measured_by_coverlet(FakeWorld::kernel(), kPid, status));
  EXPECT_TRUE(world.calls.empty());
}

}  // namespace
}  // namespace covenv
