// SPDX-License-Identifier: MIT
#include "shim/core/duration.h"

#include <gtest/gtest.h>

#include <string>

namespace covenv {
namespace {

struct Accepted {
  std::string_view text;
  std::int64_t nanoseconds;
};

class AcceptedDuration : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedDuration, IsThatManyNanoseconds) {
  EXPECT_EQ(parse_duration(GetParam().text), GetParam().nanoseconds);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AcceptedDuration,
    testing::Values(Accepted{"0", 0}, Accepted{"0s", 0}, Accepted{"0.0ms", 0},
                    Accepted{"1", 1'000'000'000}, Accepted{"1s", 1'000'000'000},
                    Accepted{"1.5", 1'500'000'000}, Accepted{"1.5s", 1'500'000'000},
                    Accepted{".5", 500'000'000}, Accepted{"500ms", 500'000'000},
                    Accepted{"0.5ms", 500'000}, Accepted{"2m", 120'000'000'000},
                    Accepted{"1.5m", 90'000'000'000}, Accepted{"0.0000000001m", 6},
                    Accepted{"0.1234567899", 123'456'789}, Accepted{"007", 7'000'000'000},
                    Accepted{"00000000000000000000000001", 1'000'000'000},
                    Accepted{"9223372036", 9'223'372'036'000'000'000},
                    Accepted{"9223372036.854775806", kForever - 1}, Accepted{"inf", kForever}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

class RejectedDuration : public testing::TestWithParam<std::string_view> {};

TEST_P(RejectedDuration, IsNoDuration) {
  EXPECT_EQ(parse_duration(GetParam()), std::nullopt) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Table, RejectedDuration,
                         testing::Values("", "s", "ms", ".", ".s", "1.", "1.s", "-1", "+1", "-0",
                                         " 1", "1 ", "1 s", "1s ", "1ss", "1h", "1S", "1e3", "0x1",
                                         "1,5", "1..5", "1.5.5", "1s2", "1s500ms", "infinity",
                                         "INF", "inf ", "infs", "nan", "9223372036.854775807",
                                         "9223372037", "99999999999999999999999", "153722868m",
                                         "1\n", std::string_view("1\0", 2)),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(Duration, ReadsNothingBehindTheView) {
  const std::string text = "15";
  EXPECT_EQ(parse_duration(std::string_view(text.data(), 1)), 1'000'000'000);
}

TEST(Duration, AcceptsAnEmptyViewWithoutData) {
  EXPECT_EQ(parse_duration(std::string_view()), std::nullopt);
}

}  // namespace
}  // namespace covenv
