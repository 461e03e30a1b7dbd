// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wrapper/covenv/doctor/command_wrapper.h"

namespace covenv::doctor {
namespace {

using ::testing::ElementsAre;

constexpr const char* kMakefile =
    "PYTHON ?= .venv/bin/python\n"
    "FLAGS := --cov=shop\n"
    ".PHONY: check\n"
    "lint:\n"
    "\truff .\n"
    "check: lint test\n"
    "test unit: build\n"
    "\t@echo start\n"
    "\t-@CI=1 $(PYTHON) -m pytest ${FLAGS} 'tests' | tee log\n"
    "loop: loop\n";

TEST(LineOfMakefile, IsTheFirstThatStartsTests) {
  const auto line = line_of_makefile(kMakefile, "test");
  ASSERT_TRUE(line);
  EXPECT_THAT(line->command,
              ElementsAre(".venv/bin/python", "-m", "pytest", "--cov=shop", "tests"));
  EXPECT_EQ(line->line, 9U);
  EXPECT_EQ(line_of_makefile(kMakefile, "unit")->line, 9U);
}

TEST(LineOfMakefile, IsThatOfWhatTheTargetNeeds) {
  EXPECT_EQ(line_of_makefile(kMakefile, "check")->line, 9U);
}

TEST(LineOfMakefile, IsNoneForOtherTargets) {
  for (const char* target : {"", "lint", "loop", "nowhere"}) {
    EXPECT_FALSE(line_of_makefile(kMakefile, target)) << target;
  }
}

TEST(LineOfMakefile, TakesTheFirstTargetWithoutAName) {
  EXPECT_EQ(line_of_makefile(".SUFFIXES:\nall:\n\tpytest\n", "")->line, 3U);
}

TEST(LineOfScript, IsTheFirstThatStartsTests) {
  const auto line =
      line_of_script("#!/bin/sh\nset -e\nPY=\"bin/python3\"\nexec $PY -m pytest; :\n");
  ASSERT_TRUE(line);
  EXPECT_THAT(line->command, ElementsAre("bin/python3", "-m", "pytest"));
  EXPECT_EQ(line->line, 4U);
  EXPECT_FALSE(line_of_script("#!/bin/sh\n# pytest\necho done\n"));
}

TEST(LineOfScript, GoesThroughFoldersVariablesAndWrappers) {
  const auto line = line_of_script(
      "pip install pytest\npython -m pip install coverage\nexport A=1 B='x y'\ncoverage erase\n"
      "if true; then cd sub && C=3 env D=4 timeout -k 5 60 nice -n 3 pytest \\\n  -q 2>&1 | tee "
      "log; fi");
  ASSERT_TRUE(line);
  EXPECT_THAT(line->command, ElementsAre("pytest", "-q"));
  EXPECT_THAT(line->assignments, ElementsAre("A=1", "B=x y", "C=3", "D=4"));
  EXPECT_EQ(line->folder, "sub");
  EXPECT_EQ(line->line, 5U);
}

TEST(LineOfScript, IsNoneIfARunnerIsOnlyNamed) {
  for (const char* text : {"echo pytest", "pip install pytest", "which pytest", "coverage report",
                           "python -m pip install pytest", "python -m coverage html", "# pytest"}) {
    EXPECT_FALSE(line_of_script(text)) << text;
  }
}

TEST(LineOfMakefile, GivenVariablesWinAndFoldersAdd) {
  const auto line = line_of_makefile("PYTHON = old\ntest:\n\tcd tests && $(PYTHON) -m pytest\n",
                                     "test", {"PYTHON=python3.9"}, "app");
  ASSERT_TRUE(line);
  EXPECT_THAT(line->command, ElementsAre("python3.9", "-m", "pytest"));
  EXPECT_EQ(line->folder, "app/tests");
}

TEST(LineOfMakefile, GivenVariablesReachThoseThatAreMadeOfThem) {
  const auto line = line_of_makefile(
      "VENV = .venv\nPYTHON := $(VENV)/bin/python\nVENV ?= unused\ntest:\n\t$(PYTHON) -m pytest\n",
      "test", {"VENV=.tox/py"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->command, ElementsAre(".tox/py/bin/python", "-m", "pytest"));
}

TEST(LineOfMakefile, ADefaultLeavesWhatIsThere) {
  const auto line = line_of_makefile("PY = one\nPY ?= two\ntest:\n\t$(PY) -m pytest\n", "test");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command[0], "one");
}

TEST(LineOfMakefile, OfDefaultsBelowAConditionTheLastCounts) {
  const auto line = line_of_makefile(
      "ifdef CI\nT ?= tests\nelse\nT ?= --cov=shop\nendif\nT ?= unused\n"
      "test:\n\tpytest $(T)\n",
      "test");
  ASSERT_TRUE(line);
  EXPECT_THAT(line->command, ElementsAre("pytest", "--cov=shop"));
}

TEST(FindRecipe, ReadsTheTextBehindDashC) {
  for (const Words& command : {Words{"bash", "-c", "pytest -q"}, Words{"sh", "-ec", "pytest -q"},
                               Words{"bash", "-euo", "pipefail", "-c", "pytest -q", "name"}}) {
    const auto recipe = find_recipe(command);
    ASSERT_TRUE(recipe) << command[1];
    EXPECT_THAT(recipe->line.command, ElementsAre("pytest", "-q"));
    EXPECT_EQ(recipe->where, "");
  }
}

struct WrapperCase {
  Words command;
  Words inner;
};

class WithoutWrapper : public ::testing::TestWithParam<WrapperCase> {};

TEST_P(WithoutWrapper, IsTheCommandBehindIt) {
  const auto wrapped = without_wrapper(GetParam().command);
  EXPECT_EQ(wrapped ? wrapped->command : Words(), GetParam().inner);
}

INSTANTIATE_TEST_SUITE_P(
    All, WithoutWrapper,
    ::testing::Values(
        WrapperCase{{"env", "X=Y", "pytest"}, {"pytest"}},
        WrapperCase{{"/usr/bin/env", "-u", "A", "-i", "--", "pytest", "-u"}, {"pytest", "-u"}},
        WrapperCase{{"env", "-uA", "pytest"}, {"pytest"}},
        WrapperCase{{"env", "-S", "pytest -q"}, {}}, WrapperCase{{"env", "X=Y"}, {}},
        WrapperCase{{"timeout", "60", "pytest"}, {"pytest"}},
        WrapperCase{{"timeout", "--signal", "INT", "-k5", "--foreground", "60", "pytest"},
                    {"pytest"}},
        WrapperCase{{"time", "-f", "%e", "pytest"}, {"pytest"}},
        WrapperCase{{"nice", "-n", "5", "pytest"}, {"pytest"}},
        WrapperCase{{"nice", "-5", "pytest"}, {"pytest"}},
        WrapperCase{{"sudo", "-E", "-u", "ci", "X=Y", "pytest"}, {"pytest"}},
        WrapperCase{{"sigforward", "--grace", "5s", "--", "pytest"}, {"pytest"}},
        WrapperCase{{"pytest", "--", "env", "x"}, {}}, WrapperCase{{"timeout", "60"}, {}}));

TEST(WrapperOfCommand, TellsWhatItChanges) {
  const auto env = without_wrapper({"env", "-C", "sub", "X=Y", "pytest"});
  ASSERT_TRUE(env);
  EXPECT_EQ(env->folder, "sub");
  EXPECT_THAT(env->assignments, ElementsAre("X=Y"));
  EXPECT_FALSE(env->has_path_of_its_own);
  EXPECT_TRUE(without_wrapper({"sudo", "pytest"})->has_path_of_its_own);
}

}  // namespace
}  // namespace covenv::doctor
