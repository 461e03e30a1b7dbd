// SPDX-License-Identifier: MIT
#include "shim/environment/start_program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "rooms_runtime.h"
#include "shim/state/confined.h"
#include "shim/state/offer.h"

namespace covenv {
namespace {

using testing::changeable_runtime;
using ::testing::ElementsAre;
using testing::RuntimeGuard;
using ::testing::SizeIs;

class StartProgram : public ::testing::Test {
 protected:
  StartProgram() { environ = live_; }
  ~StartProgram() override {
    environ = before_;
    offered().clear();
    set_confined(false);
  }

  /// The environments that the original call got, one after the other. That call returns the next
  /// of `results`, or 0 if there is none.
  std::vector<std::vector<std::string>> start(std::vector<const char*> given,
                                              std::vector<int> results = {},
                                              const char* path = "/bin/true") {
    given.push_back(nullptr);
    given_ = const_cast<char* const*>(given.data());
    std::vector<std::vector<std::string>> got;
    result_ = start_program({AT_FDCWD, path, false, false}, given_, [&](char* const* environment) {
      got_given_ = environment == given_;
      got.emplace_back();
      for (; *environment != nullptr; ++environment) got.back().emplace_back(*environment);
      return got.size() <= results.size() ? results[got.size() - 1] : 0;
    });
    return got;
  }

  RuntimeGuard runtime_;
  char** before_ = environ;
  char variable_[20] = "COV_CORE_SOURCE=src";
  char* live_[2] = {variable_, nullptr};
  char* const* given_ = nullptr;
  bool got_given_ = false;  // whether the call got the caller's own array
  int result_ = -1;
};

TEST_F(StartProgram, TheChildGetsWhatItLacks) {
  EXPECT_THAT(start({"B=2", "A=1"}), ElementsAre(ElementsAre("B=2", "A=1", "COV_CORE_SOURCE=src")));
  EXPECT_EQ(result_, 0);
}

TEST_F(StartProgram, TheLibraryTravelsInThePreloadList) {
  changeable_runtime().own_path = "/bin/true";  // any file that can be read
  EXPECT_THAT(start({"LD_PRELOAD=other.so"}),
              ElementsAre(ElementsAre("LD_PRELOAD=other.so:/bin/true", "COV_CORE_SOURCE=src")));
}

TEST_F(StartProgram, AValueOfTheChildsWins) {
  EXPECT_THAT(start({"COV_CORE_SOURCE=own"}), ElementsAre(ElementsAre("COV_CORE_SOURCE=own")));
  EXPECT_TRUE(got_given_);
}

TEST_F(StartProgram, AnOfferComesBehindWhatIsCarried) {
  offered().remember("COVERAGE_X=offered");
  offered().remember("COV_CORE_SOURCE=offered");
  EXPECT_THAT(start({}), ElementsAre(ElementsAre("COV_CORE_SOURCE=src", "COVERAGE_X=offered")));
}

TEST_F(StartProgram, WhatWasTooBigIsStartedWithWhatTheCallerGave) {
  EXPECT_THAT(start({"A=1"}, {E2BIG, 3}),
              ElementsAre(ElementsAre("A=1", "COV_CORE_SOURCE=src"), ElementsAre("A=1")));
  EXPECT_TRUE(got_given_);
  EXPECT_EQ(result_, 3);
}

TEST_F(StartProgram, AnyOtherFailureIsTheCallers) {
  EXPECT_THAT(start({"A=1"}, {ENOENT}), SizeIs(1));
  EXPECT_EQ(result_, ENOENT);
}

struct PassCase {
  const char* name;
  void (*prepare)();
};

class StartProgramPasses : public StartProgram, public ::testing::WithParamInterface<PassCase> {};

TEST_P(StartProgramPasses, TheVeryArrayOfTheCaller) {
  GetParam().prepare();
  EXPECT_THAT(start({"A=1"}), ElementsAre(ElementsAre("A=1")));
  EXPECT_TRUE(got_given_);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, StartProgramPasses,
    ::testing::Values(
        PassCase{"InAnInertProcess", [] { changeable_runtime().inert = true; }},
        PassCase{"InAConfinedProcess", [] { set_confined(true); }},
        PassCase{"ToASkippedProgram", [] { changeable_runtime().settings.skip.assign("true"); }},
        PassCase{"IfNothingIsCarried", [] { changeable_runtime().settings.carry.assign("X*"); }}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(StartProgram, APathThatCannotBeReadIsLeftToTheKernel) {
  int calls = 0;
  char* const none[] = {nullptr};
  const auto* const path = reinterpret_cast<const char*>(16);
  const int result =
      start_program({AT_FDCWD, path, false, false}, none, [&](char* const* environment) {
        ++calls;
        return environment == none ? EFAULT : -1;
      });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(result, EFAULT);
}

}  // namespace
}  // namespace covenv
