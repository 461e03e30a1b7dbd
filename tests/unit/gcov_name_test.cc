// SPDX-License-Identifier: MIT
#include "shim/counters/gcov_name.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace covenv {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

std::string name_of(GcovMaker maker, const std::string& compiled, Variables variables = {},
                    std::size_t room = 4096) {
  const GcovEnvironment environment = {
      .context = &variables,
      .find_variable = [](void* context, std::string_view name) -> std::optional<std::string_view> {
        const auto& all = *static_cast<Variables*>(context);
        const auto found = all.find(name);
        if (found == all.end()) return std::nullopt;
        return found->second;
      },
      .pid = 4711};
  std::string name(room, 'x');
  name.resize(make_gcov_name(maker, compiled, environment, name));
  return name;
}

std::string gcc(const std::string& compiled, const Variables& variables = {}) {
  return name_of(GcovMaker::kGcc, compiled, variables);
}
std::string clang(const std::string& compiled, const Variables& variables = {}) {
  return name_of(GcovMaker::kClang, compiled, variables);
}

TEST(GcovName, IsTheCompilersWithoutVariables) {
  for (const char* name : {"/b/src/a.gcda", "a.gcda", "prof/#b#a.gcda"}) {
    EXPECT_EQ(gcc(name), name);
    EXPECT_EQ(clang(name), name);
    EXPECT_EQ(gcc(name, {{"GCOV_PREFIX", ""}, {"GCOV_PREFIX_STRIP", ""}}), name);
    EXPECT_EQ(clang(name, {{"GCOV_PREFIX", ""}, {"GCOV_PREFIX_STRIP", "1"}}), name);
  }
}

TEST(GcovName, HasThePrefix) {
  EXPECT_EQ(gcc("/b/a.gcda", {{"GCOV_PREFIX", "/x/y"}}), "/x/y/b/a.gcda");
  EXPECT_EQ(gcc("/b/a.gcda", {{"GCOV_PREFIX", "/x/y/"}}), "/x/y/b/a.gcda");
  EXPECT_EQ(gcc("/b/a.gcda", {{"GCOV_PREFIX", "/"}}), "/b/a.gcda");
  EXPECT_EQ(gcc("/b/a.gcda", {{"GCOV_PREFIX", "x"}}), "x/b/a.gcda");
  EXPECT_EQ(gcc("p/a.gcda", {{"GCOV_PREFIX", "/x"}}), "/x/p/a.gcda");
  EXPECT_EQ(clang("/b/a.gcda", {{"GCOV_PREFIX", "/x/y"}}), "/x/y//b/a.gcda");
  EXPECT_EQ(clang("/b/a.gcda", {{"GCOV_PREFIX", "/x/y/"}}), "/x/y//b/a.gcda");
  EXPECT_EQ(clang("a.gcda", {{"GCOV_PREFIX", "/x"}}), "/x/a.gcda");
}

TEST(GcovName, IsStripped) {
  const auto stripped = [](const char* strip) {
    return gcc("/b/c/d/a.gcda", {{"GCOV_PREFIX", "/x"}, {"GCOV_PREFIX_STRIP", strip}});
  };
  EXPECT_EQ(stripped("0"), "/x/b/c/d/a.gcda");
  EXPECT_EQ(stripped("1"), "/x/c/d/a.gcda");
  EXPECT_EQ(stripped("2"), "/x/d/a.gcda");
  EXPECT_EQ(stripped("3"), "/x/a.gcda");
  EXPECT_EQ(stripped("99999999999999999999"), "/x/a.gcda");
  EXPECT_EQ(stripped(" \t+2nd"), "/x/d/a.gcda");
  EXPECT_EQ(stripped("-1"), "/x/b/c/d/a.gcda");
  EXPECT_EQ(stripped("x"), "/x/b/c/d/a.gcda");
  EXPECT_EQ(gcc("/b/c/a.gcda", {{"GCOV_PREFIX_STRIP", "1"}}), "./c/a.gcda");
  EXPECT_EQ(gcc("p/a.gcda", {{"GCOV_PREFIX_STRIP", "1"}}), "./a.gcda");
  EXPECT_EQ(clang("/b/c/a.gcda", {{"GCOV_PREFIX_STRIP", "1"}}), "/b/c/a.gcda");
  EXPECT_EQ(clang("/b/c/a.gcda", {{"GCOV_PREFIX", "/x"}, {"GCOV_PREFIX_STRIP", "1"}}),
            "/x//c/a.gcda");
}

TEST(GcovName, HasThePidAndVariablesWithGcc) {
  EXPECT_EQ(gcc("/b/%p/a.gcda"), "/b/4711/a.gcda");
  EXPECT_EQ(gcc("/b/%q{HOME}/a.gcda", {{"HOME", "/root"}}), "/b//root/a.gcda");
  EXPECT_EQ(gcc("/b/%q{NONE}/%p.gcda"), "/b//4711.gcda");
  EXPECT_EQ(gcc("/b/a.gcda", {{"GCOV_PREFIX", "/x/%p"}}), "/x/4711/b/a.gcda");
  EXPECT_EQ(gcc("/%p%p/%p.gcda"), "/4711%p/4711.gcda") << "libgcov passes over one character";
  EXPECT_EQ(gcc("/%d/%p.gcda"), "/%d/%p.gcda") << "libgcov stops";
  EXPECT_EQ(gcc("/%q{A/%p.gcda"), "/%q{A/%p.gcda");
  EXPECT_EQ(gcc("/%qA/%p.gcda"), "/qA/4711.gcda");
  EXPECT_EQ(gcc("/a%"), "/a%");
  EXPECT_EQ(clang("/b/%p/a.gcda"), "/b/%p/a.gcda");
}

TEST(GcovName, IsEmptyWithoutRoom) {
  const Variables variables = {{"GCOV_PREFIX", "/x/%q{LONG}"}, {"LONG", std::string(50, 'l')}};
  const std::string whole = gcc("/b/%p/a.gcda", variables);
  EXPECT_EQ(whole, "/x/" + std::string(50, 'l') + "/b/4711/a.gcda");
  for (std::size_t room = 0; room < whole.size(); ++room) {
    EXPECT_EQ(name_of(GcovMaker::kGcc, "/b/%p/a.gcda", variables, room), "");
  }
  EXPECT_EQ(name_of(GcovMaker::kGcc, "/b/%p/a.gcda", variables, whole.size()), whole);
}

}  // namespace
}  // namespace covenv
