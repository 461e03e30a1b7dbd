// SPDX-License-Identifier: MIT
#include "shim/core/ask_protocol.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace covenv {
namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

TEST(Ask, CarriesTheSignalToDieOf) {
  for (int signal = 1; signal <= 64; ++signal) EXPECT_EQ(asked_signal(ask_value(signal)), signal);
}

TEST(Ask, IsNoOtherValue) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{SIGTERM}, ask_value(0),
                                    ask_value(SIGTERM) + 256, ask_value(SIGTERM) >> 8}) {
    EXPECT_EQ(asked_signal(value), 0) << value;
  }
}

TEST(Ask, DoesNoHarmToAProgramThatDoesNotListen) {
  const pid_t child = fork();
  if (child == 0) {
    raise(kAskSignal);
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 3 << 8);
}

TEST(Signature, AtBothEndsOfTheRangeIsRecognised) {
  Settings settings;
  ASSERT_FALSE(apply_setting(settings, "COVENV_SIGNATURE=36,63"));
  ProcessStatus status;
  status.caught = bit(36) | bit(63);
  EXPECT_TRUE(has_signature(status, settings.signature));
  status.caught |= bit(64);
  EXPECT_FALSE(has_signature(status, settings.signature));
}

TEST(Signature, DoesNotMindOtherCaughtSignals) {
  ProcessStatus status;
  status.caught = bit(57) | bit(59) | bit(1) | bit(34) | bit(55) | bit(61) | bit(64);
  EXPECT_TRUE(has_signature(status, Settings().signature));
}

}  // namespace
}  // namespace covenv
