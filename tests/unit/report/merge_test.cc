// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "made_up.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

Report two_of(const char* host) {
  Report report = made_up_of({made_up(1), saved(2, 1)});
  report.session.host = host;
  return report;
}

TEST(Merge, IdsAreNumberedAnewAndStillNameTheSame) {
  const Report all = merge({{"a.json", two_of("x")}, {"b.json", two_of("x")}});
  ASSERT_EQ(all.processes.size(), 4U);
  EXPECT_EQ(all.processes[3].id, 4);
  EXPECT_EQ(all.processes[3].parent, 3);
  EXPECT_EQ(all.processes[3].kill->by, 3);
  EXPECT_EQ(all.processes[3].shard, 1U);
  EXPECT_EQ(all.totals.processes, 4);
  EXPECT_EQ(all.totals.saved, 2);
}

TEST(Merge, TheResultIsAReport) {
  const std::string json =
      written(write_json, merge({{"a.json", two_of("x")}, {"b.json", two_of("y")}}));
  EXPECT_EQ(written(write_json, parsed(json)), json);
}

TEST(Merge, ShardsAreNamedAfterTheirFiles) {
  const Report all = merge({{"out/linux.json", two_of("x")}, {"out/musl.json", two_of("y")}});
  EXPECT_EQ(all.shards[0].name, "linux");
  EXPECT_EQ(all.shards[1].name, "musl");
  EXPECT_EQ(all.shards[1].host, "y");
}

TEST(Merge, FilesOfTheSameNameAreToldApartByTheirFolders) {
  const Report all = merge({{"1/out.json", two_of("x")}, {"2/out.json", two_of("y")}});
  EXPECT_EQ(all.shards[0].name, "1/out.json");
  EXPECT_EQ(all.shards[1].name, "2/out.json");
}

TEST(Merge, AMergedReportKeepsItsShards) {
  Report inner = merge({{"a.json", two_of("x")}, {"b.json", two_of("y")}});
  const Report all = merge({{"night.json", inner}, {"c.json", two_of("z")}});
  ASSERT_EQ(all.shards.size(), 3U);
  EXPECT_EQ(all.shards[1].name, "night/b");
  EXPECT_EQ(all.shards[2].name, "c");
  EXPECT_EQ(all.processes[3].shard, 1U);
  EXPECT_EQ(all.processes[5].shard, 2U);
}

/// Two shards may have gained the same line, and counts do not tell.
TEST(Merge, EachShardKeepsItsGain) {
  Report one = made_up_of({made_up(1)});
  Report other = one;
  one.gain = Gain{.files = 1, .before = 2, .after = 3, .largest = {{"a.py", 2, 3}}};
  other.gain = Gain{.files = 1, .before = 0, .after = 9, .largest = {{"b.py", 0, 9}}};
  const Report inner = merge({{"1.json", one}, {"2.json", other}});
  const Report all = merge({{"night.json", inner}, {"3.json", made_up_of({})}});
  EXPECT_FALSE(all.gain);
  ASSERT_EQ(all.shards.size(), 3U);
  ASSERT_TRUE(all.shards[0].gain && all.shards[1].gain);
  EXPECT_EQ(all.shards[0].gain->after, 3);
  EXPECT_EQ(all.shards[1].gain->largest[0].file, "b.py");
  EXPECT_FALSE(all.shards[2].gain);
  EXPECT_THAT(written(write_text, all),
              ::testing::HasSubstr("gained by covenv: in each shard by itself: "
                                   "night/2 9 lines of 1 file, night/1 1 line of 1 file\n"));
  const std::string json = written(write_json, all);
  EXPECT_EQ(written(write_json, parsed(json)), json);
}

TEST(Merge, OneFailureIsTheExitOfAll) {
  Report failed = two_of("x");
  failed.session.exit = End{End::How::kExit, 3};
  const Report all = merge({{"a.json", two_of("x")}, {"b.json", failed}, {"c.json", two_of("x")}});
  EXPECT_EQ(all.session.exit->number, 3);
}

TEST(Merge, WhatDiffersIsNotSaidOfAll) {
  const Report all =
      merge({{"a.json", two_of("x")}, {"b.json", two_of("y")}, {"c.json", two_of("y")}});
  EXPECT_EQ(all.session.host, "");
  EXPECT_EQ(all.session.command.size(), 2U);
}

TEST(Merge, TheFirstStartAndTheLongestRunAreThoseOfAll) {
  Report later = two_of("x");
  later.session.started = "2026-11-26T00:00:00.000Z";
  later.session.wall_ns = 90'000'000;
  later.session.dropped = 2;
  const Report all = merge({{"b.json", later}, {"a.json", two_of("x")}});
  EXPECT_EQ(all.session.started, "2026-11-25T22:38:09.123Z");
  EXPECT_EQ(all.session.wall_ns, 90'000'000);
  EXPECT_EQ(all.session.dropped, 2);
}

}  // namespace
}  // namespace covenv::report
