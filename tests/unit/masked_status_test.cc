// SPDX-License-Identifier: MIT
#include "shim/kill/masked_status.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

namespace covenv {
namespace {

/// A pid above all that Linux gives, so that no sweep finds it in /proc.
constexpr pid_t kPid = 1 << 23;
constexpr int kExited3 = 3 << 8;
constexpr int kStopped = SIGSTOP << 8 | 0x7f;
constexpr int kContinued = 0xffff;

class MaskedStatusTest : public ::testing::Test {
 protected:
  ~MaskedStatusTest() override { report_no_more(kPid); }

  static void report() {
    Target target;
    target.pid = kPid;
    target.start_time = 1;
    report_from_now(target);
  }

  static int status_after(int status, pid_t reaped = kPid) {
    EXPECT_EQ(report_as_killed(reaped, &status), reaped);
    return status;
  }

  static siginfo_t info_of(int code, int status) {
    siginfo_t info = {};
    info.si_pid = kPid;
    info.si_code = code;
    info.si_status = status;
    return info;
  }
};

TEST_F(MaskedStatusTest, AnExitIsToldAsSigkill) {
  report();
  const int status = status_after(kExited3);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_FALSE(WCOREDUMP(status));
}

TEST_F(MaskedStatusTest, ADeathByTheAskIsToldAsSigkill) {
  report();
  EXPECT_EQ(status_after(SIGTERM), SIGKILL);
}

TEST_F(MaskedStatusTest, OnlyOneEndIsTold) {
  report();
  status_after(kExited3);
  EXPECT_EQ(status_after(kExited3), kExited3);
}

TEST_F(MaskedStatusTest, AStopAndAContinuationStayWhatTheyAre) {
  report();
  EXPECT_EQ(status_after(kStopped), kStopped);
  EXPECT_EQ(status_after(kContinued), kContinued);
  EXPECT_EQ(status_after(kExited3), SIGKILL);
}

TEST_F(MaskedStatusTest, OthersKeepTheirStatus) {
  report();
  EXPECT_EQ(status_after(kExited3, kPid + 1), kExited3);
}

TEST_F(MaskedStatusTest, NothingAndErrorsStayWhatTheyAre) {
  report();
  EXPECT_EQ(status_after(kExited3, 0), kExited3);
  EXPECT_EQ(status_after(kExited3, -1), kExited3);
}

TEST_F(MaskedStatusTest, NoMoreMeansTheTruth) {
  report();
  report_no_more(kPid);
  EXPECT_EQ(status_after(kExited3), kExited3);
}

TEST_F(MaskedStatusTest, OneThatIsReapedBehindOurBackIsForgotten) {
  report();
  forget_reaped(kPid);
  EXPECT_EQ(status_after(kExited3), kExited3);
}

TEST_F(MaskedStatusTest, OneThatAWaitHasJustReapedIsNot) {
  report();
  const Waiting waiting;
  forget_reaped(kPid);
  EXPECT_EQ(status_after(kExited3), SIGKILL);
}

TEST_F(MaskedStatusTest, TwoKillsOfOneProcessAreOneReport) {
  report();
  report();
  EXPECT_EQ(status_after(kExited3), SIGKILL);
  EXPECT_EQ(status_after(kExited3), kExited3);
}

TEST_F(MaskedStatusTest, WaitidIsToldTheSame) {
  report();
  siginfo_t info = info_of(CLD_EXITED, 3);
  report_as_killed(&info, WEXITED);
  EXPECT_EQ(info.si_code, CLD_KILLED);
  EXPECT_EQ(info.si_status, SIGKILL);
}

TEST_F(MaskedStatusTest, ALookThatReapsNothingLeavesItToBeTold) {
  report();
  siginfo_t info = info_of(CLD_KILLED, SIGTERM);
  report_as_killed(&info, WEXITED | WNOWAIT);
  EXPECT_EQ(info.si_status, SIGKILL);
  EXPECT_EQ(status_after(kExited3), SIGKILL);
}

TEST_F(MaskedStatusTest, WaitidOfAStopStaysOne) {
  report();
  siginfo_t info = info_of(CLD_STOPPED, SIGSTOP);
  report_as_killed(&info, WSTOPPED);
  EXPECT_EQ(info.si_code, CLD_STOPPED);
  EXPECT_EQ(info.si_status, SIGSTOP);
}

}  // namespace
}  // namespace covenv
