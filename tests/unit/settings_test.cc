// SPDX-License-Identifier: MIT
#include "shim/core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <string>
#include <vector>

namespace covenv {
namespace {

using ::testing::ElementsAre;

Settings with(const std::string& entry) {
  Settings settings;
  const std::optional<SettingProblem> problem = apply_setting(settings, entry.c_str());
  EXPECT_FALSE(problem) << entry << ": " << problem->fix;
  return settings;
}

std::vector<int> numbers(const SignalList& signals) { return {signals.begin(), signals.end()}; }

/// All settings as one text, for comparison.
std::string described(const Settings& settings) {
  std::string text = settings.disabled ? "disabled " : "";
  for (const char* name : {"COV_X", "COVX", "A", "xxxx"}) {
    text += settings.carry.matches(name) ? "+" : "-";
    text += settings.skip.matches(name) ? "+" : "-";
  }
  text += settings.kill == KillMode::kTerm ? " term " : " off ";
  text += settings.journal ? "" : "asked ";
  text += std::to_string(settings.grace_ns);
  for (const int number : settings.signals) text += "," + std::to_string(number);
  for (const int number : settings.signature) text += ";" + std::to_string(number);
  return text + (settings.real_status ? " real" : " kill");
}

TEST(SettingsDefault, CarriesCovAndEndsByTermThenIntWithinASecond) {
  const Settings settings;
  EXPECT_FALSE(settings.disabled);
  EXPECT_TRUE(settings.carry.matches("COV_CORE_SOURCE"));
  EXPECT_FALSE(settings.carry.matches("PATH"));
  EXPECT_TRUE(settings.skip.empty());
  EXPECT_EQ(settings.kill, KillMode::kSave);
  EXPECT_TRUE(settings.offer);
  EXPECT_EQ(settings.grace_ns, 1'000'000'000);
  EXPECT_THAT(numbers(settings.signals), ElementsAre(SIGTERM, SIGINT));
  EXPECT_THAT(numbers(settings.signature), ElementsAre(57, 59));
  EXPECT_FALSE(settings.real_status);
}

TEST(SettingsDisable, SwitchesOff) { EXPECT_TRUE(with("COVENV_DISABLE=1").disabled); }

TEST(SettingsDisable, EmptyIsNotSet) { EXPECT_FALSE(with("COVENV_DISABLE=").disabled); }

TEST(SettingsDisable, CanBeTakenBack) {
  Settings settings;
  apply_setting(settings, "COVENV_DISABLE=yes");
  apply_setting(settings, "COVENV_DISABLE=off");
  EXPECT_FALSE(settings.disabled);
}

TEST(SettingsCarry, ReplacesTheDefault) {
  const Settings settings = with("COVENV_CARRY=MY_*,X");
  EXPECT_TRUE(settings.carry.matches("MY_VAR"));
  EXPECT_FALSE(settings.carry.matches("COV_CORE_SOURCE"));
}

TEST(SettingsCarry, EmptyCarriesNothing) { EXPECT_TRUE(with("COVENV_CARRY=").carry.empty()); }

TEST(SettingsCarry, HoldsEqualsSigns) {
  EXPECT_TRUE(with("COVENV_CARRY=a=b").carry.matches("a=b"));
}

TEST(SettingsSkip, NamesPrograms) {
  const Settings settings = with("COVENV_SKIP=postgres,java*");
  EXPECT_TRUE(settings.skip.matches("javac"));
  EXPECT_FALSE(settings.skip.matches("python"));
}

TEST(SettingsSkip, EmptySkipsNothing) { EXPECT_TRUE(with("COVENV_SKIP=").skip.empty()); }

TEST(SettingsKill, TermIsTerminateThenKill) {
  Settings settings = with("COVENV_KILL=off");
  apply_setting(settings, "COVENV_KILL=term");
  EXPECT_EQ(settings.kill, KillMode::kTerm);
}

TEST(SettingsKill, CanBeSaveAgain) {
  Settings settings = with("COVENV_KILL=off");
  apply_setting(settings, "COVENV_KILL=save");
  EXPECT_EQ(settings.kill, KillMode::kSave);
}

TEST(SettingsOffer, CanBeRefused) { EXPECT_FALSE(with("COVENV_OFFER=0").offer); }

TEST(SettingsJournal, IsOnByDefault) { EXPECT_TRUE(Settings().journal); }

TEST(SettingsJournal, CanBeRefused) { EXPECT_FALSE(with("COVENV_JOURNAL=0").journal); }

TEST(SettingsJournal, CanBeAskedFor) { EXPECT_TRUE(with("COVENV_JOURNAL=1").journal); }

TEST(SettingsJournal, CanHaveAFolder) { EXPECT_TRUE(with("COVENV_JOURNAL=/a/folder").journal); }

TEST(SettingsJournal, IsOnAgainAfterAFolder) {
  Settings settings = with("COVENV_JOURNAL=0");
  EXPECT_FALSE(apply_setting(settings, "COVENV_JOURNAL=/a"));
  EXPECT_TRUE(settings.journal);
}

TEST(SettingsJournal, NamesWhatMendsIt) {
  Settings settings;
  const auto problem = apply_setting(settings, "COVENV_JOURNAL=folder");
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->variable, "COVENV_JOURNAL");
  EXPECT_EQ(problem->value, "folder");
  EXPECT_NE(problem->fix.find("absolute path"), std::string_view::npos);
  EXPECT_TRUE(settings.journal);
}

TEST(SettingsKill, OffLeavesKillsAlone) { EXPECT_EQ(with("COVENV_KILL=off").kill, KillMode::kOff); }

TEST(SettingsGrace, IsADuration) { EXPECT_EQ(with("COVENV_GRACE=250ms").grace_ns, 250'000'000); }

TEST(SettingsGrace, CanBeZero) { EXPECT_EQ(with("COVENV_GRACE=0").grace_ns, 0); }

TEST(SettingsSignals, KeepTheirOrder) {
  EXPECT_THAT(numbers(with("COVENV_SIGNALS=INT, SIGTERM ,1,USR2").signals),
              ElementsAre(SIGINT, SIGTERM, SIGHUP, SIGUSR2));
}

TEST(SettingsSignals, CanBeEight) {
  EXPECT_THAT(numbers(with("COVENV_SIGNALS=1,2,3,4,5,6,7,8").signals),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(SettingsSignature, CanReachFrom36To63) {
  EXPECT_THAT(numbers(with("COVENV_SIGNATURE=36,63").signature), ElementsAre(36, 63));
}

TEST(SettingsSignature, CanHaveOneSignalBetweenThem) {
  EXPECT_THAT(numbers(with("COVENV_SIGNATURE=61,63").signature), ElementsAre(61, 63));
}

TEST(SettingsStatus, RealTellsTheTruth) { EXPECT_TRUE(with("COVENV_STATUS=real").real_status); }

TEST(SettingsStatus, KillTellsTheKill) {
  Settings settings = with("COVENV_STATUS=real");
  apply_setting(settings, "COVENV_STATUS=kill");
  EXPECT_FALSE(settings.real_status);
}

class BadSetting : public ::testing::TestWithParam<std::string> {};

TEST_P(BadSetting, LeavesTheDefault) {
  Settings settings;
  apply_setting(settings, GetParam().c_str());
  EXPECT_EQ(described(settings), described(Settings()));
}

TEST_P(BadSetting, LeavesWhatWasSetBefore) {
  Settings settings;
  for (const char* const entry :
       {"COVENV_DISABLE=1", "COVENV_CARRY=A", "COVENV_SKIP=A", "COVENV_KILL=off", "COVENV_GRACE=7",
        "COVENV_SIGNALS=HUP", "COVENV_SIGNATURE=40,50", "COVENV_STATUS=real"}) {
    ASSERT_FALSE(apply_setting(settings, entry));
  }
  const std::string before = described(settings);
  ASSERT_NE(before, described(Settings()));
  apply_setting(settings, GetParam().c_str());
  EXPECT_EQ(described(settings), before);
}

TEST_P(BadSetting, SaysWhichVariableAndValueAndHowToMendIt) {
  Settings settings;
  const std::optional<SettingProblem> problem = apply_setting(settings, GetParam().c_str());
  ASSERT_TRUE(problem);
  EXPECT_EQ(std::string(problem->variable) + "=" + std::string(problem->value), GetParam());
  EXPECT_FALSE(problem->fix.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadSetting,
    ::testing::Values(
        "COVENV_DISABLE=2", "COVENV_DISABLE=TRUE", "COVENV_DISABLE= 1", "COVENV_DISABLE=1 ",
        "COVENV_CARRY=" + std::string(513, 'x'), "COVENV_CARRY=" + std::string(1 << 20, 'x'),
        "COVENV_SKIP=" + std::string(513, 'x'), "COVENV_SKIP=" + std::string(1 << 20, ','),
        "COVENV_KILL=", "COVENV_KILL=TERM", "COVENV_KILL=term ", "COVENV_KILL=on", "COVENV_OFFER=2",
        "COVENV_JOURNAL=2", "COVENV_JOURNAL=folder", "COVENV_JOURNAL= /a", "COVENV_GRACE=",
        "COVENV_GRACE=inf", "COVENV_GRACE=-1", "COVENV_GRACE=1 s", "COVENV_GRACE=soon",
        "COVENV_GRACE=" + std::string(1 << 20, '9'), "COVENV_SIGNALS=", "COVENV_SIGNALS=,",
        "COVENV_SIGNALS=KILL", "COVENV_SIGNALS=9", "COVENV_SIGNALS=STOP", "COVENV_SIGNALS=19",
        "COVENV_SIGNALS=TERM,9", "COVENV_SIGNALS=0", "COVENV_SIGNALS=65", "COVENV_SIGNALS=-15",
        "COVENV_SIGNALS=TERM,NOPE", "COVENV_SIGNALS=TERM INT", "COVENV_SIGNALS=1,2,3,4,5,6,7,8,10",
        "COVENV_SIGNALS=99999999999999999999", "COVENV_SIGNATURE=", "COVENV_SIGNATURE=57",
        "COVENV_SIGNATURE=57,58", "COVENV_SIGNATURE=57,57", "COVENV_SIGNATURE=59,57",
        "COVENV_SIGNATURE=35,60", "COVENV_SIGNATURE=34,36", "COVENV_SIGNATURE=62,64",
        "COVENV_SIGNATURE=40,65", "COVENV_SIGNATURE=57,59,61", "COVENV_SIGNATURE=TERM,INT",
        "COVENV_STATUS=", "COVENV_STATUS=REAL", "COVENV_STATUS=1", "COVENV_NOPE=1",
        "COVENV_=", "COVENV_GRACES=1s", "COVENV_GRACE\xff=1s"),
    [](const auto& row) { return "row" + std::to_string(row.index); });

class ForeignEntry : public ::testing::TestWithParam<std::string> {};

TEST_P(ForeignEntry, IsNoneOfItsBusiness) {
  Settings settings;
  EXPECT_FALSE(apply_setting(settings, GetParam().c_str()));
  EXPECT_EQ(described(settings), described(Settings()));
}

INSTANTIATE_TEST_SUITE_P(Table, ForeignEntry,
                         ::testing::Values("", "=", "=COVENV_DISABLE=1", "PATH=/bin",
                                           "COVENV_DISABLE", "COVENV_NOPE", "COVENV_", "COVENV=1",
                                           "covenv_disable=1", " COVENV_DISABLE=1",
                                           "XCOVENV_DISABLE=1", "COV_CORE_SOURCE=x"),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(Settings, HoldNoPointerIntoTheEnvironment) {
  Settings settings;
  {
    const std::string entry = "COVENV_CARRY=A_NAME_THAT_IS_LONG_ENOUGH_FOR_THE_HEAP";
    apply_setting(settings, entry.c_str());
  }
  EXPECT_TRUE(settings.carry.matches("A_NAME_THAT_IS_LONG_ENOUGH_FOR_THE_HEAP"));
}

TEST(Settings, MendLinesAreTermsThatTheParserAccepts) {
  Settings settings;
  const auto problem = apply_setting(settings, "COVENV_SIGNATURE=bad");
  ASSERT_TRUE(problem);
  EXPECT_THAT(std::string(problem->fix), ::testing::HasSubstr("57,59"));
  EXPECT_FALSE(apply_setting(settings, "COVENV_SIGNATURE=57,59"));
}

class Flag : public ::testing::TestWithParam<std::pair<std::string_view, std::optional<bool>>> {};

TEST_P(Flag, IsAsTheTableSays) { EXPECT_EQ(parse_flag(GetParam().first), GetParam().second); }

INSTANTIATE_TEST_SUITE_P(
    Table, Flag,
    ::testing::Values(std::pair("1", true), std::pair("true", true), std::pair("yes", true),
                      std::pair("on", true), std::pair("0", false), std::pair("false", false),
                      std::pair("no", false), std::pair("off", false), std::pair("", false),
                      std::pair("On", std::nullopt), std::pair("2", std::nullopt),
                      std::pair("11", std::nullopt), std::pair("truey", std::nullopt)),
    [](const auto& row) { return "row" + std::to_string(row.index); });

class SignalNumber : public ::testing::TestWithParam<std::pair<std::string_view, int>> {};

TEST_P(SignalNumber, IsAsTheTableSays) {
  EXPECT_EQ(signal_number(GetParam().first), GetParam().second) << GetParam().first;
}

TEST(SignalName, OfEachStandardSignalIsKnown) {
  for (int signal = 1; signal <= SIGSYS; ++signal) {
    EXPECT_EQ(signal_number(sigabbrev_np(signal)), signal);
    EXPECT_EQ(signal_number(std::string("SIG") + sigabbrev_np(signal)), signal);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, SignalNumber,
    ::testing::Values(
        std::pair("HUP", SIGHUP), std::pair("INT", SIGINT), std::pair("QUIT", SIGQUIT),
        std::pair("ABRT", SIGABRT), std::pair("USR1", SIGUSR1), std::pair("USR2", SIGUSR2),
        std::pair("ALRM", SIGALRM), std::pair("TERM", SIGTERM), std::pair("SIGTERM", SIGTERM),
        std::pair("SIGINT", SIGINT), std::pair("15", 15), std::pair("1", 1), std::pair("64", 64),
        std::pair("015", 15), std::pair("", 0), std::pair("0", 0), std::pair("65", 0),
        std::pair("-1", 0), std::pair("+15", 0), std::pair("1x", 0), std::pair("term", 0),
        std::pair("SIG", 0), std::pair("SIGSIGTERM", 0), std::pair("TERMX", 0), std::pair("TER", 0),
        std::pair("4294967311", 0), std::pair("18446744073709551631", 0)),
    [](const auto& row) { return "row" + std::to_string(row.index); });

}  // namespace
}  // namespace covenv
