// SPDX-License-Identifier: MIT
#include "shim/proc/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "fake_kernel.h"
#include "proc_texts.h"

namespace covenv {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeWorld;
using ::testing::IsEmpty;

constexpr pid_t kPid = 4242;

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() {
    world.files["/proc/4242/status"] = testing::kPythonStatus;
    world.files["/proc/4242/stat"] = testing::kPythonStat;
    world.files["/proc/self/fdinfo/7"] = testing::kPidfdInfo;
  }

  std::vector<pid_t> listed() {
    std::vector<pid_t> pids;
    for_each_process(
        world.kernel(),
        [](void* context, pid_t pid) { static_cast<std::vector<pid_t>*>(context)->push_back(pid); },
        &pids);
    return pids;
  }

  void name_is(const std::string& name) {
    std::string& status = world.files["/proc/4242/status"];
    status.replace(0, status.find('\n'), "Name:\t" + name);
  }

  FakeWorld world;
};

TEST_F(ProcessTest, ProcIsOursWhereItShowsOurPid) {
  world.proc_self = "4242";
  EXPECT_TRUE(proc_is_ours(world.kernel(), 4242));
}

TEST_F(ProcessTest, ProcOfAnotherNamespaceIsNotOurs) {
  for (const char* const other : {"424", "42424", "1", "", "self", "-4242"}) {
    world.proc_self = other;
    EXPECT_FALSE(proc_is_ours(world.kernel(), 4242)) << other;
  }
}

TEST_F(ProcessTest, StatusIsRead) {
  ProcessStatus status;
  ASSERT_TRUE(read_status(world.kernel(), kPid, status));
  EXPECT_EQ(status.group_leader, kPid);
  EXPECT_EQ(status.caught, 0x500000000004002U);
}

TEST_F(ProcessTest, StatusInPiecesOfAnySizeIsRead) {
  for (std::size_t size = 1; size < 1100; ++size) {
    world.largest_read = size;
    ProcessStatus status;
    ASSERT_TRUE(read_status(world.kernel(), kPid, status)) << size;
    ASSERT_EQ(status.state, 'S') << size;
    ASSERT_EQ(status.parent, 4200) << size;
    ASSERT_EQ(status.caught, 0x500000000004002U) << size;
  }
}

TEST_F(ProcessTest, StatusWithAHugeGroupsLineIsRead) {
  std::string& text = world.files["/proc/4242/status"];
  text.insert(text.find("Groups:\t") + 8, std::string(700000, '7'));
  ProcessStatus status;
  EXPECT_TRUE(read_status(world.kernel(), kPid, status));
}

TEST_F(ProcessTest, StatusOfAMissingProcessIsNone) {
  ProcessStatus status;
  EXPECT_FALSE(read_status(world.kernel(), 1, status));
}

TEST_F(ProcessTest, StatusThatEndsEarlyIsNone) {
  std::string& text = world.files["/proc/4242/status"];
  text.resize(text.find("SigCgt"));
  ProcessStatus status;
  EXPECT_FALSE(read_status(world.kernel(), kPid, status));
}

TEST_F(ProcessTest, StatIsRead) {
  ProcessStat stat;
  ASSERT_TRUE(read_stat(world.kernel(), kPid, stat));
  EXPECT_EQ(stat.process_group, kPid);
  EXPECT_EQ(stat.start_time, 123456789U);
}

TEST_F(ProcessTest, StatInPiecesIsRightOrNone) {
  for (std::size_t size = 1; size < 300; ++size) {
    world.largest_read = size;
    ProcessStat stat;
    if (!read_stat(world.kernel(), kPid, stat)) continue;
    EXPECT_EQ(stat.start_time, 123456789U) << "pieces of " << size;
    EXPECT_EQ(stat.process_group, kPid) << "pieces of " << size;
  }
}

TEST_F(ProcessTest, StatOfAMissingProcessIsNone) {
  ProcessStat stat;
  EXPECT_FALSE(read_stat(world.kernel(), 1, stat));
}

TEST_F(ProcessTest, StatOfAnEmptyFileIsNone) {
  world.files["/proc/4242/stat"] = "";
  ProcessStat stat;
  EXPECT_FALSE(read_stat(world.kernel(), kPid, stat));
}

class DeadlockTest : public ProcessTest {
 protected:
  DeadlockTest() {
    world.proc_self = "100";
    world.files["/proc/100/stat"] = stat_with(2);
    world.files["/proc/self/task/101/syscall"] =
        std::to_string(SYS_futex) + " 0x7f3b 0x80 0x2 0x0 0x0 0x0 0x7ffd 0x7f3b\n";
  }

  static std::string stat_with(int threads) {
    return "100 (a) S 1 100 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 " + std::to_string(threads) + " 0 55 0\n";
  }

  bool is_deadlocked() const { return covenv::is_deadlocked(world.kernel(), 100, 101, 1); }
};

TEST_F(DeadlockTest, LockThatNobodyIsLeftToUnlockIsOne) {
  EXPECT_TRUE(is_deadlocked());
  EXPECT_EQ(world.open_descriptors(), 0U);
}

TEST_F(DeadlockTest, AnotherThreadMayUnlock) {
  world.files["/proc/100/stat"] = stat_with(3);
  EXPECT_FALSE(is_deadlocked());
}

TEST_F(DeadlockTest, ThreadThatRunsIsInNone) {
  world.files["/proc/self/task/101/syscall"] = "running\n";
  EXPECT_FALSE(is_deadlocked());
}

TEST_F(DeadlockTest, WithoutAProcOfItsOwnNothingIsBelieved) {
  world.proc_self = "7";
  EXPECT_FALSE(is_deadlocked());
  world.proc_self = "";
  EXPECT_FALSE(is_deadlocked());
}

TEST_F(ProcessTest, PidfdNamesItsProcess) { EXPECT_EQ(pid_of_pidfd(world.kernel(), 7), kPid); }

TEST_F(ProcessTest, PidfdInPiecesIsRightOrNone) {
  for (std::size_t size = 1; size < 100; ++size) {
    world.largest_read = size;
    const pid_t pid = pid_of_pidfd(world.kernel(), 7);
    EXPECT_TRUE(pid == kPid || pid == 0) << pid << " from pieces of " << size;
  }
}

TEST_F(ProcessTest, PidfdOfAnEndedProcessNamesNone) {
  world.files["/proc/self/fdinfo/7"] = "pos:\t0\nflags:\t02\nPid:\t-1\nNSpid:\t-1\n";
  EXPECT_EQ(pid_of_pidfd(world.kernel(), 7), 0);
}

TEST_F(ProcessTest, PidfdOfAnotherNamespaceNamesNone) {
  world.files["/proc/self/fdinfo/7"] = "pos:\t0\nflags:\t02\nPid:\t0\nNSpid:\t0\n";
  EXPECT_EQ(pid_of_pidfd(world.kernel(), 7), 0);
}

TEST_F(ProcessTest, DescriptorThatIsNoPidfdNamesNone) {
  world.files["/proc/self/fdinfo/8"] =
      "pos:\t0\nflags:\t0100000\nmnt_id:\t30\nino:\t5\nNSpid:\t12\n";
  EXPECT_EQ(pid_of_pidfd(world.kernel(), 8), 0);
  EXPECT_EQ(pid_of_pidfd(world.kernel(), 9), 0);
}

TEST_F(ProcessTest, NegativeDescriptorIsNotLookedUp) {
  EXPECT_EQ(pid_of_pidfd(world.kernel(), -1), 0);
  EXPECT_EQ(pid_of_pidfd(world.kernel(), std::numeric_limits<int>::min()), 0);
  EXPECT_THAT(world.calls, IsEmpty());
}

/// A process of two threads, 4242 and 4243.
class Threads : public ProcessTest {
 protected:
  Threads() { world.directory_pages = {{".", "..", "4242", "4243"}}; }

  void blocks(pid_t thread, bool is_blocked) {
    world.files["/proc/" + std::to_string(thread) + "/status"] =
        std::string("Name:\tx\nState:\tS\nTgid:\t4242\nPPid:\t1\nTracerPid:\t0\nThreads:\t2\n") +
        "SigBlk:\t" + (is_blocked ? "4000" : "0") + "\nSigIgn:\t0\nSigCgt:\t0\n";
  }
  void waits(pid_t thread, std::uint64_t signals) {
    world.files["/proc/" + std::to_string(thread) + "/syscall"] =
        std::to_string(SYS_rt_sigtimedwait) + " 0x7ff0 0x0 0x0 0x8 0x0 0x0 0x7ffd 0x7f3b\n";
    world.memory[0x7ff0] = signals;
  }
  bool keeps() {
    ProcessStatus leader;
    EXPECT_TRUE(read_status(world.kernel(), kPid, leader));
    const bool result = keeps_signal(world.kernel(), kPid, SIGTERM, leader);
    EXPECT_EQ(world.open_descriptors(), 0U);
    return result;
  }

  static constexpr std::uint64_t kTerm = std::uint64_t{1} << (SIGTERM - 1);
  static constexpr std::uint64_t kHup = std::uint64_t{1} << (SIGHUP - 1);
};

TEST_F(Threads, TakeASignalThatTheLeaderDoesNotBlock) {
  blocks(4242, false);
  blocks(4243, true);
  EXPECT_FALSE(keeps());
  world.files["/proc/4242/syscall"] = "running\n";
  EXPECT_FALSE(keeps());
}

TEST_F(Threads, KeepASignalThatAllBlock) {
  blocks(4242, true);
  blocks(4243, true);
  EXPECT_TRUE(keeps());
}

TEST_F(Threads, TakeASignalThatOneOfThemDoesNotBlock) {
  blocks(4242, true);
  blocks(4243, false);
  EXPECT_FALSE(keeps());
}

TEST_F(Threads, KeepASignalThatOneOfThemWaitsFor) {
  blocks(4242, true);
  blocks(4243, false);
  waits(4243, kTerm);
  EXPECT_TRUE(keeps());
  waits(4243, kHup);
  EXPECT_FALSE(keeps());
}

TEST_F(Threads, KeepASignalThatTheLeaderWaitsForOrMayWaitFor) {
  blocks(4242, false);
  blocks(4243, false);
  waits(4242, kTerm);
  EXPECT_TRUE(keeps());
  waits(4242, kHup);
  EXPECT_FALSE(keeps());
  world.memory.clear();
  EXPECT_TRUE(keeps());
}

TEST_F(ProcessTest, EachProcessOfEachPageIsVisitedInOrder) {
  world.directory_pages = {
      {".", "..", "1", "fs", "self"}, {"42"}, {"sys", "4194304", "thread-self"}};
  EXPECT_THAT(listed(), ElementsAre(1, 42, 4194304));
}

TEST_F(ProcessTest, ProcWithoutProcessesVisitsNone) {
  world.directory_pages = {{".", "..", "cpuinfo"}};
  EXPECT_THAT(listed(), IsEmpty());
  world.directory_pages = {};
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(ProcessTest, NoDescriptorStaysOpen) {
  ProcessStatus status;
  ProcessStat stat;
  read_status(world.kernel(), kPid, status);
  world.files["/proc/4242/status"] = "";
  read_status(world.kernel(), kPid, status);
  read_stat(world.kernel(), kPid, stat);
  pid_of_pidfd(world.kernel(), 7);
  world.directory_pages = {{"1"}};
  listed();
  EXPECT_EQ(world.open_descriptors(), 0U);
}

TEST_F(ProcessTest, ASigforwardIsToldByItsProgram) {
  name_is("sigforward");
  for (const auto& [program, is_it] : std::map<std::string, bool>{{"/usr/bin/sigforward", true},
                                                                  {"/b/sigforward (deleted)", true},
                                                                  {"/usr/bin/sigforwarder", false},
                                                                  {"", false}}) {
    world.links["/proc/4242/exe"] = program;
    EXPECT_EQ(is_sigforward(world.kernel(), kPid), is_it) << program;
  }
}

TEST_F(ProcessTest, TheGuardOfASigforwardIsNone) {
  world.links["/proc/4242/exe"] = "/usr/bin/sigforward";
  name_is("sigfwd-1a2b3c4d");
  EXPECT_FALSE(is_sigforward(world.kernel(), kPid));
}

TEST_F(ProcessTest, ASigforwardTakesItsGraceAndAWhileForItself) {
  world.files["/proc/4242/cmdline"] = std::string(
      "sigforward\0--grace\0"
      "5s\0--\0true\0",
      30);
  EXPECT_EQ(time_of_wrapper(world.kernel(), kPid), 6500 * testing::kMillisecond);
  world.files["/proc/4242/cmdline"] = std::string("sigforward\0true\0", 16);
  world.files["/proc/4242/environ"] = std::string("A=b\0SIGFORWARD_GRACE=3s\0", 24);
  EXPECT_EQ(time_of_wrapper(world.kernel(), kPid), 4500 * testing::kMillisecond);
}

TEST_F(ProcessTest, ASigforwardThatWaitsForEverIsNotWaitedForSoLong) {
  world.files["/proc/4242/cmdline"] = std::string("sigforward\0--grace=inf\0true\0", 28);
  EXPECT_EQ(time_of_wrapper(world.kernel(), kPid), 0);
}

TEST_F(ProcessTest, AnOldPythonMeasuresIfItWasToldToAndHasTheTracer) {
  world.links["/proc/4242/exe"] = "/usr/bin/python3.7";
  const std::string libc = "7f0-7f1 r-xp 0 08:01 5  /usr/lib/libc.so.6\n";
  const std::string tracer = "7f2-7f3 r-xp 0 08:01 6  /x/coverage/tracer.cpython-37m.so\n";
  world.files["/proc/4242/environ"] = std::string("A=b\0COVERAGE_PROCESS_START=rc\0", 30);
  world.files["/proc/4242/maps"] = libc;
  EXPECT_FALSE(is_measuring_runtime(world.kernel(), kPid));
  world.files["/proc/4242/maps"] = libc + tracer;
  world.largest_read = 7;
  EXPECT_TRUE(is_measuring_runtime(world.kernel(), kPid));
  world.files["/proc/4242/environ"] = std::string("A=b\0", 4);
  EXPECT_FALSE(is_measuring_runtime(world.kernel(), kPid));
}

TEST_F(ProcessTest, LongestPidHasItsPath) {
  ProcessStatus status;
  read_status(world.kernel(), std::numeric_limits<pid_t>::max(), status);
  EXPECT_THAT(world.calls, ElementsAre("open /proc/2147483647/status"));
}

TEST(RealProc, ShowsThisProcess) {
  EXPECT_TRUE(proc_is_ours(kKernel, own_pid()));
  ProcessStatus status;
  ASSERT_TRUE(read_status(kKernel, own_pid(), status));
  EXPECT_EQ(status.state, 'R');
  EXPECT_EQ(status.group_leader, getpid());
  EXPECT_EQ(status.parent, getppid());
  ProcessStat stat;
  ASSERT_TRUE(read_stat(kKernel, own_pid(), stat));
  EXPECT_EQ(stat.process_group, getpgrp());
  EXPECT_GT(stat.start_time, 0U);
}

TEST(RealProc, ListsThisProcess) {
  std::vector<pid_t> pids;
  for_each_process(
      kKernel,
      [](void* context, pid_t pid) { static_cast<std::vector<pid_t>*>(context)->push_back(pid); },
      &pids);
  EXPECT_THAT(pids, Contains(getpid()));
}

}  // namespace
}  // namespace covenv
