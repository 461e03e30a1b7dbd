// SPDX-License-Identifier: MIT
#include "shim/core/seccomp_filter.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <vector>

namespace covenv {
namespace {

bool filter_may_kill(std::vector<unsigned> answers) {
  std::vector<sock_filter> filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
                                     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 42, 0, 1)};
  for (const unsigned answer : answers) filter.push_back(BPF_STMT(BPF_RET | BPF_K, answer));
  return may_kill(filter);
}

TEST(SeccompFilter, ErrorsAreHarmless) {
  EXPECT_FALSE(filter_may_kill({SECCOMP_RET_ERRNO | 1U, SECCOMP_RET_ALLOW}));
  EXPECT_FALSE(filter_may_kill({SECCOMP_RET_LOG, SECCOMP_RET_ALLOW}));
}

TEST(SeccompFilter, AnythingElseMayKill) {
  EXPECT_TRUE(filter_may_kill({SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW}));
  EXPECT_TRUE(filter_may_kill({SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_THREAD}));
  EXPECT_TRUE(filter_may_kill({SECCOMP_RET_TRAP, SECCOMP_RET_ALLOW}));
  EXPECT_TRUE(filter_may_kill({SECCOMP_RET_TRACE, SECCOMP_RET_ALLOW}));
  EXPECT_TRUE(filter_may_kill({SECCOMP_RET_USER_NOTIF, SECCOMP_RET_ALLOW}));
}

TEST(SeccompFilter, ComputedAnswerMayKill) {
  const sock_filter filter[] = {BPF_STMT(BPF_RET | BPF_A, 0)};
  EXPECT_TRUE(may_kill(filter));
}

TEST(SeccompFilter, DeathInAConditionIsNone) {
  const sock_filter filter[] = {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  EXPECT_FALSE(may_kill(filter));
}

}  // namespace
}  // namespace covenv
