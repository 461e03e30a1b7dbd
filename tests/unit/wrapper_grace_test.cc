// SPDX-License-Identifier: MIT
#include "shim/core/wrapper_grace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "shim/core/duration.h"
#include "wrapper/sigforward/options.h"

namespace covenv {
namespace {

constexpr std::int64_t kMillisecond = 1000000;

struct Row {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::int64_t grace;
};

class WrapperGraceTest : public testing::TestWithParam<Row> {};

TEST_P(WrapperGraceTest, IsWhatTheWrapperTakesItFor) {
  WrapperGrace grace;
  for (const std::string& argument : GetParam().arguments) {
    if (!grace.take_argument(argument)) break;
  }
  for (const std::string& entry : GetParam().environment) grace.take_variable(entry.c_str());
  EXPECT_EQ(grace.grace(), GetParam().grace);
}

/// sigforward's own parser gives the same grace.
TEST_P(WrapperGraceTest, IsWhatTheWrapperSays) {
  static std::vector<std::string> environment;
  environment = GetParam().environment;
  std::vector<std::string> strings = GetParam().arguments;
  strings.insert(strings.begin(), "sigforward");
  std::vector<char*> argv;
  for (std::string& string : strings) argv.push_back(string.data());
  argv.push_back(nullptr);
  const auto options = sigforward::parse_options(static_cast<int>(strings.size()), argv.data(),
                                                 [](const char* name) -> const char* {
                                                   for (const std::string& entry : environment) {
                                                     if (entry.starts_with(std::string(name) + "="))
                                                       return entry.c_str() + entry.find('=') + 1;
                                                   }
                                                   return nullptr;
                                                 });
  ASSERT_EQ(options.action, sigforward::Options::Action::kRun) << options.complaint;
  EXPECT_EQ(options.request.ladder.grace(), GetParam().grace);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrapperGraceTest,
    testing::Values(
        Row{{"true"}, {}, 1000 * kMillisecond}, Row{{"--", "true"}, {}, 1000 * kMillisecond},
        Row{{"--grace", "5s", "--", "true"}, {}, 5000 * kMillisecond},
        Row{{"--grace=250ms", "true"}, {}, 250 * kMillisecond},
        Row{{"--gr", "2", "true"}, {}, 2000 * kMillisecond},
        Row{{"--grace", "1", "--grace", "3", "true"}, {}, 3000 * kMillisecond},
        Row{{"--grace", "inf", "true"}, {}, kForever},
        Row{{"--verbose", "--log", "--grace", "true"}, {}, 1000 * kMillisecond},
        Row{{"--map", "TERM=INT", "--grace", "4", "true"}, {}, 4000 * kMillisecond},
        Row{{"true", "--grace", "9"}, {}, 1000 * kMillisecond},
        Row{{"--", "true", "--grace", "9"}, {}, 1000 * kMillisecond},
        Row{{"--signals", "TERM:2s,INT:500ms", "true"}, {}, 2500 * kMillisecond},
        Row{{"--signals=TERM,INT", "--grace", "7", "true"}, {}, 7000 * kMillisecond},
        Row{{"true"}, {"SIGFORWARD_GRACE=3"}, 3000 * kMillisecond},
        Row{{"true"}, {"SIGFORWARD_GRACE="}, 1000 * kMillisecond},
        Row{{"--grace", "2", "true"}, {"SIGFORWARD_GRACE=3"}, 2000 * kMillisecond},
        Row{{"true"}, {"SIGFORWARD_SIGNALS=TERM:3s"}, 3000 * kMillisecond},
        Row{{"--grace", "2", "true"}, {"SIGFORWARD_SIGNALS=TERM:3s"}, 2000 * kMillisecond},
        Row{{"--signals", "TERM:4s", "true"}, {"SIGFORWARD_GRACE=3"}, 4000 * kMillisecond},
        Row{{"--signals", "TERM", "true"}, {"SIGFORWARD_SIGNALS=TERM:3s"}, 1000 * kMillisecond}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(WrapperGrace, NonsenseCountsAsNotSaid) {
  WrapperGrace grace;
  EXPECT_TRUE(grace.take_argument("--grace"));
  EXPECT_TRUE(grace.take_argument("soon"));
  EXPECT_FALSE(grace.take_argument("-x"));
  EXPECT_EQ(grace.grace(), 1000 * kMillisecond);
}

}  // namespace
}  // namespace covenv
