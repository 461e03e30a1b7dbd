// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace covenv::doctor
