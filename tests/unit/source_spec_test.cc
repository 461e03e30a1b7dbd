// SPDX-License-Identifier: MIT
#include "shim/core/source_spec.h"

#include <gtest/gtest.h>

#include <string_view>

#include "environment_vector.h"

namespace covenv {
namespace {

using testing::EnvironmentVector;

// The numbers are those of binascii.crc32(), by which coverage/configuration.py makes the tag.
TEST(ConfigurationTag, IsTheChecksumOfTheConfiguringVariables) {
  EXPECT_EQ(configuration_tag(EnvironmentVector({}).get()), 0xe8ec5d50U);
  EXPECT_EQ(configuration_tag(nullptr), 0xe8ec5d50U);
  EXPECT_EQ(configuration_tag(EnvironmentVector({"COVERAGE_PROCESS_CONFIG=abc", "A=b"}).get()),
            0xafa685deU);
  EXPECT_EQ(configuration_tag(
                EnvironmentVector({"COV_CORE_SOURCE=src", "COVERAGE_PROCESS_START="}).get()),
            0xda13f852U);
}

TEST(SourceEntries, AreThoseOfThisConfiguration) {
  EnvironmentVector of_it({"COVENV_SOURCE=afa685de:/a:/b", "COVERAGE_PROCESS_CONFIG=abc"});
  EXPECT_EQ(source_entries(of_it.get()), "/a:/b");
  EnvironmentVector of_another({"COVENV_SOURCE=afa685de:/a:/b", "COVERAGE_PROCESS_CONFIG=abd"});
  EXPECT_EQ(source_entries(of_another.get()), "");
  EXPECT_EQ(source_entries(EnvironmentVector({"COVENV_SOURCE=afa685de"}).get()), "");
  EXPECT_EQ(source_entries(EnvironmentVector({"COVENV_SOURCE="}).get()), "");
  EXPECT_EQ(source_entries(EnvironmentVector({}).get()), "");
  EXPECT_EQ(source_entries(nullptr), "");
}

bool may(std::string_view entries, std::string_view path, std::string_view prefix = "/venv") {
  return may_be_measured(entries, prefix, {path, {}});
}

bool may_module(std::string_view entries, std::string_view module, std::string_view path) {
  return may_be_measured(entries, "/venv", {path, module});
}

TEST(IsOfStandardLibrary, WhatLiesInPythonsFolderButNotWhatIsInstalledThere) {
  for (const char* path : {"<frozen runpy>", "/usr/lib/python3.11/json/__init__.py",
                           "/opt/py/lib64/python3.14/ast.py", "/opt/lib/python3.13t/ast.py"}) {
    EXPECT_TRUE(is_of_standard_library(path)) << path;
  }
  for (const char* path : {"/home/python3/shop.py", "/venv/lib/python3.11/site-packages/shop.py",
                           "/usr/lib/python3/dist-packages/shop.py", "/a/lib/python3-app/shop.py",
                           "/a/lib/python3.x/shop.py", "shop.py", ""}) {
    EXPECT_FALSE(is_of_standard_library(path)) << path;
  }
}

TEST(MayBeMeasured, WhatIsBelowAFolder) {
  EXPECT_TRUE(may("/src", "/src/a.py"));
  EXPECT_TRUE(may("/other:/src", "/src/a/b.py"));
  EXPECT_TRUE(may("/src/a.py", "/src/a.py"));
  EXPECT_FALSE(may("/src", "/srcs/a.py"));
  EXPECT_FALSE(may("/src", "/lib/src/a.py"));
  EXPECT_FALSE(may("/src:=/venv", "/sr"));
}

TEST(MayBeMeasured, AllButTheInterpretersLibraryIfThereIsNoSource) {
  const std::string_view entries = "=/venv:-/venv/lib:-/usr/lib/python3";
  EXPECT_TRUE(may(entries, "/home/a.py"));
  EXPECT_FALSE(may(entries, "/venv/lib/json/__init__.py"));
  EXPECT_FALSE(may(entries, "/usr/lib/python3/json.py"));
  EXPECT_TRUE(may(entries, "/usr/lib/python3/json.py", "/another"));
}

TEST(MayBeMeasured, WhatIsInstalledBelowTheSourceIsNot) {
  const std::string_view entries = "/src:=/src/venv:-/src/venv/lib/site-packages";
  EXPECT_FALSE(may(entries, "/src/venv/lib/site-packages/pip.py", "/src/venv"));
  EXPECT_TRUE(may(entries, "/src/a.py", "/src/venv"));
  EXPECT_TRUE(may(entries, "/src/venv/lib/site-packages/pip.py", "/src/other"));
}

TEST(MayBeMeasured, ASourceThatIsInstalledIs) {
  const std::string_view entries = "/venv/lib/site-packages/shop:=/venv:-/venv/lib/site-packages";
  EXPECT_TRUE(may(entries, "/venv/lib/site-packages/shop/till.py"));
  EXPECT_FALSE(may(entries, "/venv/lib/site-packages/pip.py"));
}

TEST(MayBeMeasured, AModuleByItsName) {
  const std::string_view entries = "@shop:@single:=/venv:-/venv/lib";
  EXPECT_TRUE(may_module(entries, "shop", "/venv/lib/site-packages/shop/__init__.py"));
  EXPECT_TRUE(may_module(entries, "shop.till", "/elsewhere.py"));
  EXPECT_TRUE(may_module(entries, "single", "/a/single.py"));
  EXPECT_FALSE(may_module(entries, "shopping", "/a/shop/shopping.py"));
  EXPECT_FALSE(may_module(entries, "my.shop", "/a/my/shop.py"));
  EXPECT_FALSE(may_module(entries, "json", "/venv/lib/json/__init__.py"));
}

// pytest runs the modules of installed plugins by a loader of its own.
TEST(MayBeMeasured, CodeOfAnUnknownModuleIfModulesAreNamed) {
  const std::string_view entries = "@shop:=/venv:-/venv/lib";
  EXPECT_TRUE(may(entries, "/a/b.py"));
  EXPECT_TRUE(may(entries, "/venv/lib/site-packages/shop/__init__.py"));
}

TEST(MayBeMeasured, AModuleOrAFolder) {
  const std::string_view entries = "/src:@shop";
  EXPECT_TRUE(may_module(entries, "x", "/src/x.py"));
  EXPECT_TRUE(may_module(entries, "shop", "/lib/shop.py"));
  EXPECT_FALSE(may_module(entries, "x", "/lib/x.py"));
}

constexpr const char* kConfig = "COVERAGE_PROCESS_CONFIG=abc";  // its tag is afa685de

TEST(ALightOffer, BelongsToOneConfiguration) {
  EXPECT_EQ(light_offer(EnvironmentVector({kConfig, "COVENV_SOURCE=afa685de:/a",
                                           "COVENV_TRACER=afa685de:ctrace:1:", "COVENV_RUN=0-1"})
                            .get()),
            LightOffer::kGiven);
  EXPECT_EQ(light_offer(EnvironmentVector({kConfig, "COVENV_SOURCE=afa685de:/a",
                                           "COVENV_TRACER=afa685df:ctrace:1:", "COVENV_RUN=0-1"})
                            .get()),
            LightOffer::kNone);
  EXPECT_EQ(light_offer(
                EnvironmentVector({kConfig, "COVENV_SOURCE=afa685de:/a", "COVENV_RUN=0-1"}).get()),
            LightOffer::kNone);
}

TEST(ALightOffer, NeedsSourceAndRun) {
  EXPECT_EQ(light_offer(EnvironmentVector({kConfig, "COVENV_SOURCE=afa685de:/a",
                                           "COVENV_TRACER=afa685de:ctrace:1:", "COVENV_SESSION=x"})
                            .get()),
            LightOffer::kGiven);
  EXPECT_EQ(light_offer(EnvironmentVector({kConfig, "COVENV_SOURCE=afa685de:/a",
                                           "COVENV_TRACER=afa685de:ctrace:1:"})
                            .get()),
            LightOffer::kNone);
  EXPECT_EQ(
      light_offer(
          EnvironmentVector({kConfig, "COVENV_TRACER=afa685de:ctrace:1:", "COVENV_RUN=0-1"}).get()),
      LightOffer::kNone);
}

TEST(ALightOffer, SaysWhyNot) {
  EXPECT_EQ(light_offer(EnvironmentVector({kConfig, "COVENV_TRACER=afa685de:-settings"}).get()),
            LightOffer::kSettings);
  EXPECT_EQ(light_offer(EnvironmentVector({kConfig, "COVENV_TRACER=afa685de:-coverage"}).get()),
            LightOffer::kCoverage);
}

TEST(ALightOffer, IsForOneCore) {
  const auto offer_with = [](const char* offered, const char* wanted) {
    return light_offer(
        EnvironmentVector({kConfig, "COVENV_SOURCE=afa685de:/a", offered, "COVENV_RUN=0-1", wanted})
            .get());
  };
  constexpr const char* kTracer = "COVENV_TRACER=afa685de:ctrace:1:";
  constexpr const char* kMonitor = "COVENV_TRACER=afa685de:sysmon:1:";
  EXPECT_EQ(offer_with(kTracer, "COVERAGE_CORE=ctrace"), LightOffer::kGiven);
  EXPECT_EQ(offer_with(kTracer, "COVERAGE_CORE=pytrace"), LightOffer::kSettings);
  EXPECT_EQ(offer_with(kTracer, "COVERAGE_CORE=sysmon"), LightOffer::kSettings);
  EXPECT_EQ(offer_with(kMonitor, "COVERAGE_CORE=sysmon"), LightOffer::kGiven);
  EXPECT_EQ(offer_with(kMonitor, "COVERAGE_CORE=ctrace"), LightOffer::kSettings);
  EXPECT_EQ(offer_with(kMonitor, "COVERAGE_CORE="), LightOffer::kGiven);
}

TEST(NamesModules, IfAnEntryDoes) {
  EXPECT_TRUE(names_modules("/src:@shop"));
  EXPECT_FALSE(names_modules("/src:=/venv:-/a@b"));
  EXPECT_FALSE(names_modules(""));
}

TEST(MayBeMeasured, AllWithPluginsOrOnADoubt) {
  EXPECT_TRUE(may("+/plugins", "/usr/lib/a.py"));
  EXPECT_TRUE(may("", "/a.py"));
  EXPECT_TRUE(may("/src::/b", "/a.py"));
}

}  // namespace
}  // namespace covenv
