// SPDX-License-Identifier: MIT
#include "shim/core/process_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <string>

#include "proc_texts.h"

namespace covenv {
namespace {

using testing::kPythonStat;
using testing::kPythonStatus;

ProcessStatusParser parsed(const std::string& text) {
  ProcessStatusParser parser;
  parser.feed(text);
  return parser;
}

void expect_python(const ProcessStatusParser& parser) {
  ASSERT_TRUE(parser.complete());
  EXPECT_EQ(parser.status().state, 'S');
  EXPECT_EQ(parser.status().group_leader, 4242);
  EXPECT_EQ(parser.status().parent, 4200);
  EXPECT_EQ(parser.status().ignored, 0x1001000U);
  EXPECT_EQ(parser.status().caught, 0x500000000004002U);
  EXPECT_EQ(parser.status().user, 1000U);
  EXPECT_EQ(parser.status().group, 1000U);
  EXPECT_EQ(parser.status().umask, 022U);
  EXPECT_EQ(parser.status().code_kib, 2928U + 8072U);
}

TEST(ProcessStatus, OfARealTextIsComplete) { expect_python(parsed(kPythonStatus)); }

TEST(ProcessStatus, SplitAnywhereIsTheSame) {
  const std::string text = kPythonStatus;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    ProcessStatusParser parser;
    parser.feed(std::span(text).first(at));
    parser.feed(std::span(text).subspan(at));
    expect_python(parser);
  }
}

TEST(ProcessStatus, FedByteByByteIsTheSame) {
  ProcessStatusParser parser;
  const std::string text = kPythonStatus;
  for (const char& byte : text) parser.feed({&byte, 1});
  expect_python(parser);
}

TEST(ProcessStatus, IsCompleteAsSoonAsTheLastFieldHasItsLineEnd) {
  const std::string text = kPythonStatus;
  const std::size_t field = text.find("SigCgt:");
  const std::size_t line_end = text.find('\n', field);
  EXPECT_FALSE(parsed(text.substr(0, line_end)).complete());
  expect_python(parsed(text.substr(0, line_end + 1)));
}

TEST(ProcessStatus, WithoutOneOfItsFieldsIsNotComplete) {
  for (const char* const field :
       {"State:", "Tgid:", "PPid:", "TracerPid:", "Threads:", "SigBlk:", "SigIgn:", "SigCgt:"}) {
    std::string text = kPythonStatus;
    const std::size_t at = text.find(std::string("\n") + field) + 1;
    text.erase(at, text.find('\n', at) + 1 - at);
    EXPECT_FALSE(parsed(text).complete()) << field;
  }
}

TEST(ProcessStatus, LineOf65536GroupsNeedsNoRoom) {
  std::string groups = "Groups:\t";
  for (int group = 0; group < 65536; ++group)
    groups += std::to_string(4294901760U + static_cast<unsigned>(group)) + " ";
  std::string text = kPythonStatus;
  const std::size_t at = text.find("Groups:");
  text.replace(at, text.find('\n', at) - at, groups);
  expect_python(parsed(text));
}

TEST(ProcessStatus, LineThatOnlyEndsLikeAFieldIsNone) {
  std::string long_line(100, 'x');
  long_line += "SigCgt:\tffffffffffffffff\n";
  expect_python(
      parsed(std::string(kPythonStatus) + long_line + "XSigCgt:\tff\nsigcgt:\tff\nSigCgtX:\tff\n"));
}

TEST(ProcessStatus, NameThatLooksLikeAFieldIsANameOnly) {
  std::string text = kPythonStatus;
  text.replace(0, text.find('\n'), "Name:\tState:\tZ (zombie)");
  expect_python(parsed(text));
}

class ProcessState : public ::testing::TestWithParam<std::pair<const char*, char>> {};

TEST_P(ProcessState, IsItsLetter) {
  EXPECT_EQ(parsed(std::string("State:\t") + GetParam().first + "\n").status().state,
            GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(
    Letters, ProcessState,
    ::testing::Values(std::pair("R (running)", 'R'), std::pair("S (sleeping)", 'S'),
                      std::pair("D (disk sleep)", 'D'), std::pair("T (stopped)", 'T'),
                      std::pair("t (tracing stop)", 't'), std::pair("Z (zombie)", 'Z'),
                      std::pair("X (dead)", 'X')),
    [](const auto& row) { return std::string("row") + std::to_string(row.index); });

TEST(ProcessStatus, SignalMasksHoldAll64) {
  EXPECT_EQ(parsed("SigCgt:\tffffffffffffffff\n").status().caught, UINT64_MAX);
  EXPECT_EQ(parsed("SigIgn:\t8000000000000001\n").status().ignored, 0x8000000000000001U);
}

TEST(ProcessStatus, CatchesTheSignalOfABit) {
  ProcessStatus status;
  status.caught = 0x8000000000004001U;
  EXPECT_TRUE(status.catches(1));
  EXPECT_TRUE(status.catches(15));
  EXPECT_TRUE(status.catches(64));
  EXPECT_FALSE(status.catches(2));
  EXPECT_FALSE(status.catches(14));
  EXPECT_FALSE(status.catches(16));
  EXPECT_FALSE(status.catches(63));
}

TEST(ProcessStatus, OfGarbageIsNotComplete) {
  for (const std::string text :
       {"", "\n", ":\n", "State:\n", "State\n", "State:\t\nTgid:\t\n", "\t\t\n:::"}) {
    EXPECT_FALSE(parsed(text).complete()) << text;
  }
}

ProcessStat stat_of(const std::string& text) {
  ProcessStat stat;
  EXPECT_TRUE(parse_process_stat(text, stat)) << text;
  return stat;
}

TEST(ProcessStat, OfARealTextHasStateGroupAndStartTime) {
  const ProcessStat stat = stat_of(kPythonStat);
  EXPECT_EQ(stat.state, 'S');
  EXPECT_EQ(stat.process_group, 4242);
  EXPECT_EQ(stat.start_time, 123456789U);
}

class StatName : public ::testing::TestWithParam<std::string> {};

TEST_P(StatName, DoesNotMatter) {
  const std::string text = kPythonStat;
  const std::string renamed = "4242 (" + GetParam() + text.substr(text.rfind(')'));
  const ProcessStat stat = stat_of(renamed);
  EXPECT_EQ(stat.state, 'S');
  EXPECT_EQ(stat.process_group, 4242);
  EXPECT_EQ(stat.start_time, 123456789U);
}

INSTANTIATE_TEST_SUITE_P(Names, StatName,
                         ::testing::Values("", "a b", "a) b (c", ") R 1 2 3", "))))", "((((",
                                           "\xff\xfe",
                                           ") Z 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(ProcessStat, CutOffAnywhereIsRefusedOrRight) {
  const std::string text = kPythonStat;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    ProcessStat stat;
    if (!parse_process_stat(text.substr(0, size), stat)) continue;
    EXPECT_EQ(stat.start_time, 123456789U) << text.substr(0, size);
  }
}

TEST(ProcessStat, CutOffBeforeTheStartTimeIsRefused) {
  const std::string text = kPythonStat;
  for (std::size_t size = 0; size <= text.find("123456789"); ++size) {
    ProcessStat stat;
    EXPECT_FALSE(parse_process_stat(text.substr(0, size), stat)) << text.substr(0, size);
  }
}

TEST(ProcessStat, LargestStartTimeIsHeld) {
  std::string text = kPythonStat;
  text.replace(text.find("123456789"), 9, "18446744073709551615");
  EXPECT_EQ(stat_of(text).start_time, UINT64_MAX);
}

TEST(ProcessStat, OfGarbageIsRefused) {
  ProcessStat stat;
  for (const char* const text : {"", ")", "1 (x)", "1 (x) ", "1 (x)S 1", "no parentheses at all",
                                 "1 (x)                              "}) {
    EXPECT_FALSE(parse_process_stat(text, stat)) << text;
  }
}

/// A text with the number of futex(2), which differs between machines.
std::string futex(const char* arguments) { return std::to_string(SYS_futex) + arguments; }

TEST(ProcessStatus, TellsWhoTracesItWhatItBlocksAndHowManyThreadsItHas) {
  std::string text = kPythonStatus;
  const auto put = [&text](const std::string& name, const std::string& value) {
    const std::size_t at = text.find(name);
    text.replace(at, text.find('\n', at) - at, name + value);
  };
  put("TracerPid:\t", "4711");
  put("SigBlk:\t", "0000000000004001");
  const ProcessStatus status = parsed(text).status();
  EXPECT_EQ(status.tracer, 4711);
  EXPECT_EQ(status.threads, 2);
  EXPECT_TRUE(status.blocks(1));
  EXPECT_TRUE(status.blocks(15));
  EXPECT_FALSE(status.blocks(2));
}

TEST(Syscall, OfSigwaitIsASignalWait) {
  EXPECT_EQ(awaited_signals(std::to_string(SYS_rt_sigtimedwait) +
                            " 0x7ffe0 0x7ffe8 0x0 0x8 0x0 0x0 0x7ffd 0x7f3b\n"),
            0x7ffe0U);
}

TEST(Syscall, OfAnythingElseIsNoSignalWait) {
  for (const char* const text :
       {"", "running\n", "-1 0x7ffd 0x7f3b\n", "12 0x0", "7 0x128 0x128\n"}) {
    EXPECT_EQ(awaited_signals(text), 0U) << text;
  }
}

/// A thread of CPython 3.11 on a lock of sqlite's.
TEST(Syscall, OfALockIsAnEndlessFutexWait) {
  EXPECT_TRUE(is_endless_futex_wait(
      futex(" 0x7f3b0c3c5a20 0x80 0x2 0x0 0x0 0x0 0x7f3b0c9fe6b8 0x7f3b0cc0af4b\n")));
}

TEST(Syscall, OfAnEndlessSemaphoreWaitIsOne) {
  EXPECT_TRUE(
      is_endless_futex_wait(futex(" 0x1c1a5d0 0x189 0x0 0x0 0x0 0xffffffff 0x7ffd 0x7f3b\n")));
}

class NoEndlessWait : public ::testing::TestWithParam<std::string> {};

TEST_P(NoEndlessWait, IsNone) { EXPECT_FALSE(is_endless_futex_wait(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Texts, NoEndlessWait,
    ::testing::Values("running\n", "", " ", "-1 0x7ffd 0x7f3b\n", futex(""),
                      futex(" 0x1 0x80 0x2 0x7ffd 0x0 0x0 0x7ffd 0x7f3b\n"),  // with a timeout
                      futex(" 0x1 0x81 0x1 0x0 0x0 0x0 0x7ffd 0x7f3b\n"),     // a wake
                      "230 0x0 0x0 0x7ffd 0x0 0x0 0x0 0x7ffd 0x7f3b\n",       // clock_nanosleep
                      futex(" 0x1 0x80 0x2 0x0"), futex(" 0x1 0x80 0x2 0x"),
                      futex(" 0x1 0x80 0x2 x 0x0 0x0\n")),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(ProcessStat, OfARealTextHasItsThreads) { EXPECT_EQ(stat_of(kPythonStat).threads, 2); }

}  // namespace
}  // namespace covenv
