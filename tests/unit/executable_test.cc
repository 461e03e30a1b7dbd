// SPDX-License-Identifier: MIT
#include "shim/core/executable.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "elf_image.h"

namespace covenv {
namespace {

using testing::BytesFile;
using testing::ElfImage;

Image image_of(const std::string& bytes) { return BytesFile(bytes).inspected().image; }

std::string interpreter_of(const std::string& bytes) {
  const ImageReport report = BytesFile(bytes).inspected();
  EXPECT_EQ(report.image, Image::kScript);
  return report.interpreter;
}

TEST(ElfFile, WithALoaderIsDynamic) { EXPECT_EQ(image_of(ElfImage().bytes()), Image::kDynamic); }

TEST(ElfFile, WithoutALoaderIsStatic) {
  EXPECT_EQ(image_of(ElfImage{.has_interpreter = false, .has_dynamic = false}.bytes()),
            Image::kStatic);
}

TEST(ElfFile, StaticPieHasADynamicSectionButNoLoader) {
  EXPECT_EQ(image_of(ElfImage{.has_interpreter = false, .needed = {}}.bytes()), Image::kStatic);
}

TEST(ElfFile, WithALoaderButNoDynamicSectionIsDynamic) {
  EXPECT_EQ(image_of(ElfImage{.has_dynamic = false}.bytes()), Image::kDynamic);
}

TEST(ElfFile, ThatNeedsNothingIsDynamic) {
  EXPECT_EQ(image_of(ElfImage{.needed = {}}.bytes()), Image::kDynamic);
}

TEST(ElfFile, OfThisVeryTestIsDynamic) {
  const FileReader reader{nullptr, [](void*, std::uint64_t offset, std::span<char> into) {
                            std::FILE* const file = std::fopen("/proc/self/exe", "rb");
                            if (file == nullptr) return std::size_t{0};
                            std::size_t got = 0;
                            if (std::fseek(file, static_cast<long>(offset), SEEK_SET) == 0) {
                              got = std::fread(into.data(), 1, into.size(), file);
                            }
                            std::fclose(file);
                            return got;
                          }};
  ImageReport report;
  inspect_executable(reader, report);
  EXPECT_EQ(report.image, Image::kDynamic);
}

TEST(ElfFile, OfAnotherMachineIsForeign) {
  EXPECT_EQ(image_of(ElfImage{.machine = testing::kForeignMachine}.bytes()), Image::kForeign);
}

TEST(ElfFile, OfAnotherMachineIsForeignEvenIfStatic) {
  EXPECT_EQ(image_of(ElfImage{.machine = EM_RISCV, .has_interpreter = false}.bytes()),
            Image::kForeign);
}

TEST(ElfFile, Of32BitsIsForeign) {
  std::string bytes = ElfImage{.machine = EM_386}.bytes();
  bytes[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(image_of(bytes), Image::kForeign);
}

TEST(ElfFile, OfTheX32AbiIsForeign) {
  std::string bytes = ElfImage().bytes();
  bytes[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(image_of(bytes), Image::kForeign);
}

TEST(ElfFile, OfTheOtherByteOrderIsForeign) {
  std::string bytes = ElfImage().bytes();
  bytes[EI_DATA] = ELFDATA2MSB;
  EXPECT_EQ(image_of(bytes), Image::kForeign);
}

class PickyRuntime : public ::testing::TestWithParam<std::string> {};

TEST_P(PickyRuntime, WantsToComeFirst) {
  EXPECT_EQ(image_of(ElfImage{.needed = {GetParam(), "libc.so.6"}}.bytes()), Image::kWantsFirst);
}

TEST_P(PickyRuntime, IsFoundWhereItStandsFourth) {
  const ElfImage image{.needed = {"liba.so", "libb.so", "libc.so.6", GetParam()}};
  EXPECT_EQ(image_of(image.bytes()), Image::kWantsFirst);
}

INSTANTIATE_TEST_SUITE_P(Sonames, PickyRuntime,
                         ::testing::Values("libasan.so.8", "libasan.so.5",
                                           "libclang_rt.asan-x86_64.so", "libclang_rt.asan.so"),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

class EasyRuntime : public ::testing::TestWithParam<std::string> {};

TEST_P(EasyRuntime, ComesSecondWithoutComplaint) {
  EXPECT_EQ(image_of(ElfImage{.needed = {GetParam()}}.bytes()), Image::kDynamic);
}

INSTANTIATE_TEST_SUITE_P(Sonames, EasyRuntime,
                         ::testing::Values("libubsan.so.1", "libasan", "xlibasan.so.8", "",
                                           "a-name-that-is-longer-than-32-bytes-libasan.so"),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(ElfFile, IsReadOncePerPart) {
  BytesFile file(ElfImage{.needed = {"a", "b", "c", "d", "e", "f"}}.bytes());
  file.inspected();
  EXPECT_LE(file.reads(), 6U);  // the header, the dynamic section, four libraries
}

TEST(ElfFile, HeaderFarAwayFromTheProgramHeadersIsSafe) {
  std::string bytes = ElfImage().bytes();
  for (const std::uint64_t offset :
       {std::uint64_t{1025}, UINT64_MAX, UINT64_MAX - 55, std::uint64_t{1} << 63U}) {
    std::memcpy(&bytes[offsetof(Elf64_Ehdr, e_phoff)], &offset, sizeof(offset));
    EXPECT_TRUE(may_load_us(image_of(bytes))) << offset;
  }
}

TEST(ElfFile, TruncatedAtAnyLengthIsGivenTheBenefitOfTheDoubt) {
  const std::string whole = ElfImage().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Image image = image_of(whole.substr(0, size));
    EXPECT_TRUE(may_load_us(image)) << size;
    EXPECT_NE(image, Image::kScript) << size;
    if (size < sizeof(Elf64_Ehdr)) {
      EXPECT_EQ(image, Image::kUnknown) << size;
    }
  }
}

TEST(ElfFile, WithAnyByteChangedIsSafe) {
  const std::string whole = ElfImage{.needed = {"libasan.so.8", "libc.so.6"}}.bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'\0', '\x7f', '\x80', '\xff'}) {
      std::string bytes = whole;
      bytes[at] = byte;
      BytesFile file(bytes);
      const ImageReport report = file.inspected();
      EXPECT_LE(report.image, Image::kWantsFirst);
      EXPECT_LE(file.reads(), 6U) << at;
    }
  }
}

TEST(ElfFile, OfRandomBytesBehindTheMagicIsSafe) {
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = ElfImage().bytes();
    for (int change = 0; change < 20; ++change)
      bytes[16 + random() % (bytes.size() - 16)] = static_cast<char>(random());
    EXPECT_LE(image_of(bytes), Image::kWantsFirst);
  }
}

struct ScriptRow {
  std::string bytes;
  std::string interpreter;
};

class ScriptLine : public ::testing::TestWithParam<ScriptRow> {};

TEST_P(ScriptLine, NamesItsInterpreter) {
  EXPECT_EQ(interpreter_of(GetParam().bytes), GetParam().interpreter);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ScriptLine,
    ::testing::Values(ScriptRow{"#!/bin/sh\n", "/bin/sh"}, ScriptRow{"#! /bin/sh\n", "/bin/sh"},
                      ScriptRow{"#!\t \t/bin/sh\n", "/bin/sh"},
                      ScriptRow{"#!/bin/sh -e\n", "/bin/sh"},
                      ScriptRow{"#!/bin/sh\t-e\n", "/bin/sh"}, ScriptRow{"#!/bin/sh \n", "/bin/sh"},
                      ScriptRow{"#!/usr/bin/env python3\nx", "/usr/bin/env"},
                      ScriptRow{"#!a\n", "a"}, ScriptRow{"#!/bin/sh -e", "/bin/sh"},
                      // The kernel takes the carriage return for a part of the name.
                      ScriptRow{"#!/bin/sh\r\n", "/bin/sh\r"},
                      ScriptRow{std::string("#!/bin/sh\0x\n", 12), "/bin/sh"},
                      ScriptRow{"#!/b\xc3\xa9\n", "/b\xc3\xa9"},
                      ScriptRow{"#!" + std::string(253, 'x') + "\n", std::string(253, 'x')},
                      ScriptRow{"#!" + std::string(253, 'x') + " y\n", std::string(253, 'x')},
                      ScriptRow{"#!" + std::string(200, ' ') + "/bin/sh\n", "/bin/sh"},
                      ScriptRow{"#!/bin/sh " + std::string(300, 'x') + "\n", "/bin/sh"}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

// The kernel's buffer is zeroed, so the end of the file ends the name.
TEST(Script, WithoutANewlineAtTheEndOfTheFileNamesItsInterpreter) {
  EXPECT_EQ(interpreter_of("#!/bin/sh"), "/bin/sh");
}

class NoScript : public ::testing::TestWithParam<std::string> {};

TEST_P(NoScript, IsUnknown) { EXPECT_EQ(image_of(GetParam()), Image::kUnknown); }

INSTANTIATE_TEST_SUITE_P(
    Table, NoScript,
    ::testing::Values("", "#", "#!", "#!\n", "#! \t \n/bin/sh\n", "#!\n/bin/sh\n", "# !/bin/sh\n",
                      " #!/bin/sh\n", "echo\n", "\x7f",
                      "\x7f"
                      "ELF",
                      // The kernel reads only 256 bytes, so that the name cannot be known.
                      "#!" + std::string(254, 'x') + "\n", "#!" + std::string(255, 'x') + "\n",
                      "#!" + std::string(300, 'x') + "\n",
                      "#!" + std::string(254, ' ') + "/bin/sh\n",
                      "#!" + std::string(300, ' ') + "/bin/sh\n"),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(Script, IsReadOnce) {
  BytesFile file("#!/bin/sh\n");
  file.inspected();
  EXPECT_EQ(file.reads(), 1U);
}

TEST(Executable, ThatCannotBeReadIsUnknown) {
  ImageReport report;
  report.image = Image::kDynamic;
  inspect_executable(
      {nullptr, [](void*, std::uint64_t, std::span<char>) { return std::size_t{0}; }}, report);
  EXPECT_EQ(report.image, Image::kUnknown);
}

TEST(MayLoadUs, IsFalseOnlyForWhatWouldBreak) {
  EXPECT_TRUE(may_load_us(Image::kUnknown));
  EXPECT_TRUE(may_load_us(Image::kScript));
  EXPECT_TRUE(may_load_us(Image::kStatic));
  EXPECT_TRUE(may_load_us(Image::kDynamic));
  EXPECT_FALSE(may_load_us(Image::kForeign));
  EXPECT_FALSE(may_load_us(Image::kWantsFirst));
}

}  // namespace
}  // namespace covenv
