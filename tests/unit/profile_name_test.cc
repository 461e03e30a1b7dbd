// SPDX-License-Identifier: MIT
#include "shim/counters/profile_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace covenv {
namespace {

const PatternFacts kFacts = {.pid = 4711,
                             .pid_text = "47",
                             .host = "host",
                             .temporary_folder = "/tmp",
                             .signature = 18446744073709551615U,
                             .build_id = "01af",
                             .knows_build_id = true,
                             .knows_signals = true};

std::string expanded(std::string_view pattern, const PatternFacts& facts = kFacts) {
  std::vector<char> room(200);
  const std::optional<ProfileName> name = expand_profile_name(pattern, facts, room);
  if (!name) return "(none)";
  EXPECT_EQ(name->text.data()[name->text.size()], '\0');
  return std::string(name->text);
}

ProfileName name_of(std::string_view pattern, const PatternFacts& facts = kFacts) {
  static char room[200];
  return expand_profile_name(pattern, facts, room).value_or(ProfileName{.text = "(none)"});
}

TEST(ProfileName, IsThePatternIfThereIsNoSpecifier) {
  EXPECT_EQ(expanded("default.profraw"), "default.profraw");
  EXPECT_EQ(expanded("a%%b%z%"), "a%%b%z%");
  EXPECT_EQ(expanded("%5z%12"), "%5z%12");
  EXPECT_EQ(expanded(""), "(none)");
}

TEST(ProfileName, StandsForFacts) {
  EXPECT_EQ(expanded("a-%p-%h-%p.raw"), "a-47-host-47.raw");
  EXPECT_EQ(expanded("%t/x"), "/tmp//x");
  EXPECT_EQ(expanded("%b.raw"), "01af.raw");
  EXPECT_EQ(expanded("x%cy"), "xy");
  EXPECT_EQ(expanded("x%9xy%15xz"), "xyz");
}

TEST(ProfileName, HasTheFileOfThePool) {
  EXPECT_EQ(expanded("%m"), "18446744073709551615_0");
  EXPECT_EQ(expanded("a%4mb"), "a18446744073709551615_3b");
  EXPECT_EQ(expanded("%0m"), "18446744073709551615_0");
  EXPECT_EQ(expanded("%4294967297m"), "18446744073709551615_0") << "wraps around to 1";
  EXPECT_EQ(expanded("a%9999mb"), "a18446744073709551615_471b") << "cut at 24 characters";
  EXPECT_EQ(name_of("a%4mb").pool_files, 4U);
  EXPECT_TRUE(name_of("%m").is_pool());
  EXPECT_FALSE(name_of("m").is_pool());
}

TEST(ProfileName, DropsWhatIsNoSpecifierBesideOneThatIs) {
  EXPECT_EQ(expanded("k%%y%p"), "ky47");
  EXPECT_EQ(expanded("q%zx%p"), "qx47");
  EXPECT_EQ(expanded("w%5zy%p"), "wzy47");
  EXPECT_EQ(expanded("w%12%p"), "w247");
  EXPECT_EQ(expanded("w%123xy%p"), "w23xy47");
  EXPECT_EQ(expanded("%p%"), "(none)");
  EXPECT_EQ(expanded("%p%%"), "47");
}

TEST(ProfileName, IsTheDefaultIfTheRuntimeRefusesThePattern) {
  for (const char* const pattern : {"a%m%m", "a%c%c", "%p%2m%m%h"}) {
    EXPECT_EQ(expanded(pattern), "default.profraw") << pattern;
    EXPECT_TRUE(name_of(pattern).is_default) << pattern;
    EXPECT_FALSE(name_of(pattern).is_pool()) << pattern;
  }
  PatternFacts facts = kFacts;
  facts.temporary_folder.reset();
  EXPECT_EQ(expanded("%t/x", facts), "default.profraw");
  facts.build_id = "";
  EXPECT_EQ(expanded("%b/x", facts), "default.profraw");
  EXPECT_FALSE(name_of("%p").is_default);
}

TEST(ProfileName, ExpandsWhatTheRuntimeKnows) {
  PatternFacts facts = kFacts;
  facts.knows_build_id = false;
  facts.knows_signals = false;
  EXPECT_EQ(expanded("%b-u", facts), "%b-u");
  EXPECT_EQ(expanded("%b-%p", facts), "-47");
  EXPECT_EQ(expanded("e%9xr%p", facts), "exr47");
}

TEST(ProfileName, SaysWhatItHolds) {
  EXPECT_TRUE(name_of("a%c").is_continuous);
  EXPECT_TRUE(name_of("a%c%c").is_continuous) << "the runtime has entered the mode by then";
  EXPECT_FALSE(name_of("a%h").is_continuous);
}

TEST(ProfileName, HasToFitWithAZeroBehind) {
  char room[9];
  EXPECT_TRUE(expand_profile_name("12345678", kFacts, room).has_value());
  EXPECT_FALSE(expand_profile_name("123456789", kFacts, room).has_value());
  EXPECT_TRUE(expand_profile_name("%h%h", kFacts, room).has_value());
  EXPECT_FALSE(expand_profile_name("%h%h%p", kFacts, room).has_value());
  EXPECT_FALSE(expand_profile_name("%m", kFacts, room).has_value());
  EXPECT_FALSE(expand_profile_name("x", kFacts, std::span(room).first(0)).has_value());
}

}  // namespace
}  // namespace covenv
