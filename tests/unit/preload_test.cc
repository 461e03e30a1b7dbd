// SPDX-License-Identifier: MIT
#include "shim/core/preload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace covenv {
namespace {

constexpr std::string_view kOurs = "/o/libcovenv.so";

/// The list after the edit; nullopt if the variable is removed.
std::optional<std::string> edited(std::string_view list, const Preload& preload) {
  switch (plan_preload(list, preload)) {
    case PreloadEdit::kKeep:
      return std::string(list);
    case PreloadEdit::kDrop:
      return std::nullopt;
    case PreloadEdit::kRewrite:
      break;
  }
  const std::size_t size = edit_preload(list, preload, nullptr);
  const auto exact = std::make_unique<char[]>(size);
  EXPECT_EQ(edit_preload(list, preload, exact.get()), size);
  std::string result(exact.get(), size);
  EXPECT_NE(result, list) << "a rewrite that changes nothing";
  return result;
}

TEST(FitsLdPreload, WhatNoLoaderSeparatesOrExpands) {
  EXPECT_TRUE(fits_ld_preload("/o/libcovenv.so"));
  EXPECT_TRUE(fits_ld_preload("/o'\"\\\xc3\x9f\xff/libcovenv.so"));
  for (const char byte : std::string_view(" :\t\n\v\f\r$")) {
    EXPECT_FALSE(fits_ld_preload("/o" + std::string(1, byte) + "/libcovenv.so")) << int{byte};
  }
}

struct Row {
  std::string_view list;
  std::optional<std::string_view> result;
};

class PreloadWanted : public ::testing::TestWithParam<Row> {};

TEST_P(PreloadWanted, HasOursOnce) {
  EXPECT_EQ(edited(GetParam().list, {.path = kOurs}), GetParam().result) << GetParam().list;
}

INSTANTIATE_TEST_SUITE_P(
    Table, PreloadWanted,
    ::testing::Values(
        Row{"", ""}, Row{kOurs, kOurs}, Row{"/a.so", "/a.so:/o/libcovenv.so"},
        Row{"/a.so:", "/a.so::/o/libcovenv.so"}, Row{"/a.so ", "/a.so :/o/libcovenv.so"},
        Row{"/a.so /b.so", "/a.so /b.so:/o/libcovenv.so"},
        Row{" : /a.so:: /b.so", " : /a.so:: /b.so:/o/libcovenv.so"},
        Row{"/o/libcovenv.so:/a.so", "/o/libcovenv.so:/a.so"},
        Row{"/a.so:/o/libcovenv.so", "/a.so:/o/libcovenv.so"},
        Row{"/a.so /o/libcovenv.so:/b.so", "/a.so /o/libcovenv.so:/b.so"},
        Row{"/o/libcovenv.so:/o/libcovenv.so", "/o/libcovenv.so:/o/libcovenv.so"},
        // Another build of the library counts as ours. A bare name stays, a relative path does not.
        Row{"/other/libcovenv.so", "/other/libcovenv.so"}, Row{"libcovenv.so", "libcovenv.so"},
        Row{"./libcovenv.so", "/o/libcovenv.so"}, Row{"b/libcovenv.so", "/o/libcovenv.so"},
        Row{"/a.so:./libcovenv.so /b.so", "/a.so:/o/libcovenv.so /b.so"},
        Row{"./libcovenv.so:/a.so", "/o/libcovenv.so:/a.so"},
        Row{"./libcovenv.so:/a.so:./libcovenv.so", "/o/libcovenv.so:/a.so"},
        Row{"/o/libcovenv.so:./libcovenv.so", "/o/libcovenv.so"},
        // Similar names are other libraries.
        Row{"/o/libcovenv.so.1", "/o/libcovenv.so.1:/o/libcovenv.so"},
        Row{"/o/xlibcovenv.so", "/o/xlibcovenv.so:/o/libcovenv.so"},
        Row{"/libcovenv.so/a", "/libcovenv.so/a:/o/libcovenv.so"},
        Row{"\xff\xfe", "\xff\xfe:/o/libcovenv.so"}, Row{"$LIB/a.so", "$LIB/a.so:/o/libcovenv.so"}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

class PreloadUnwanted : public ::testing::TestWithParam<Row> {};

TEST_P(PreloadUnwanted, HasOursNowhere) {
  EXPECT_EQ(edited(GetParam().list, {.path = kOurs, .wanted = false}), GetParam().result)
      << GetParam().list;
}

INSTANTIATE_TEST_SUITE_P(
    Table, PreloadUnwanted,
    ::testing::Values(Row{"", ""}, Row{"/a.so", "/a.so"}, Row{":", ":"}, Row{kOurs, std::nullopt},
                      Row{"./libcovenv.so", std::nullopt}, Row{"libcovenv.so", std::nullopt},
                      Row{" /o/libcovenv.so:", std::nullopt},
                      Row{"/o/libcovenv.so:/x/libcovenv.so", std::nullopt},
                      Row{"/o/libcovenv.so:/a.so", "/a.so"}, Row{"/a.so:/o/libcovenv.so", "/a.so"},
                      Row{"/a.so /o/libcovenv.so:/b.so", "/a.so:/b.so"},
                      Row{"/o/libcovenv.so /a.so /o/libcovenv.so", "/a.so"},
                      Row{" : /a.so:: /o/libcovenv.so  /b.so:", " : /a.so  /b.so:"}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(Preload, WithoutAPathOfOursNothingIsTouched) {
  EXPECT_EQ(edited("/a.so:", {.path = ""}), "/a.so:");
  EXPECT_EQ(edited("libcovenv.so", {.path = "", .wanted = false}), "libcovenv.so");
}

TEST(Preload, ARelativePathOfOursMakesNothingAbsolute) {
  EXPECT_EQ(edited("./libcovenv.so", {.path = "lib/libcovenv.so"}), "./libcovenv.so");
  EXPECT_EQ(edited("/a.so", {.path = "libcovenv.so"}), "/a.so:libcovenv.so");
}

TEST(Preload, NothingIsReadBehindTheList) {
  const std::string text = "/a.so:/o/libcovenv.so";
  EXPECT_EQ(edited(std::string_view(text).substr(0, 5), {.path = kOurs}), "/a.so:/o/libcovenv.so");
}

TEST(Preload, AListOfAMegabyteKeepsItsBytes) {
  std::string list;
  while (list.size() < 1U << 20U) list += "/some/library.so: ";
  EXPECT_EQ(edited(list, {.path = kOurs}), list + ":/o/libcovenv.so");
}

}  // namespace
}  // namespace covenv
